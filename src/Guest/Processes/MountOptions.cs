using Islet.Guest.Linux;

namespace Islet.Guest.Processes;

/// <summary>Mount options in the names of mount(8), sorted into flags for the kernel and the rest for the filesystem.</summary>
/// <param name="Flags">MS_* flags.</param>
/// <param name="Data">The options for the filesystem, separated by commas; may be empty.</param>
internal readonly record struct MountOptions(MountFlags Flags, string Data)
{
    // MOUNT_ATTR_*: the first four have the same values as their MS_* flags.
    private const MountFlags Attributes = MountFlags.ReadOnly | MountFlags.NoSetUserId | MountFlags.NoDevices | MountFlags.NoExecute;

    /// <summary>The flags that mount_setattr(2) knows under the same values, for a bind mount.</summary>
    public ulong AttributeFlags => (ulong)(Flags & Attributes);

    /// <summary>Parses the options; later ones override earlier ones. Devices are never honoured: see StandardMounts.</summary>
    public static MountOptions Parse(IReadOnlyList<string> options)
    {
        var flags = MountFlags.None;
        string data = "";
        foreach (string option in options)
        {
            switch (option)
            {
                case "" or "defaults" or "rw" or "suid" or "exec" or "dev" or "async" or "atime" or "nomand":
                    flags &= ~Cleared(option);
                    break;
                case "ro": flags |= MountFlags.ReadOnly; break;
                case "nosuid": flags |= MountFlags.NoSetUserId; break;
                case "nodev": flags |= MountFlags.NoDevices; break;
                case "noexec": flags |= MountFlags.NoExecute; break;
                case "sync": flags |= MountFlags.Synchronous; break;
                case "dirsync": flags |= MountFlags.DirectorySynchronous; break;
                case "noatime": flags |= MountFlags.NoAccessTimes; break;
                case "nodiratime": flags |= MountFlags.NoDirectoryAccessTimes; break;
                case "relatime": flags |= MountFlags.RelativeAccessTimes; break;
                case "strictatime": flags |= MountFlags.StrictAccessTimes; break;
                case "bind": flags |= MountFlags.Bind; break;
                case "rbind": flags |= MountFlags.Bind | MountFlags.Recursive; break;
                case "private" or "rprivate": break; // what every mount of the container is
                default: data = data.Length == 0 ? option : $"{data},{option}"; break;
            }
        }

        return new MountOptions(flags | MountFlags.NoDevices, data);
    }

    private static MountFlags Cleared(string option) => option switch
    {
        "rw" => MountFlags.ReadOnly,
        "suid" => MountFlags.NoSetUserId,
        "exec" => MountFlags.NoExecute,
        "async" => MountFlags.Synchronous,
        "atime" => MountFlags.NoAccessTimes,
        _ => MountFlags.None,
    };
}
