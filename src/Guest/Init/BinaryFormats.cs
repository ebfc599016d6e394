using System.Text;
using Islet.Guest.Linux;

namespace Islet.Guest.Init;

/// <summary>Emulators for programs of other architectures (binfmt_misc).</summary>
internal static class BinaryFormats
{
    private const string Mountpoint = "/proc/sys/fs/binfmt_misc";

    /// <summary>
    /// Registers an emulator. With the flag F the interpreter is opened now, in the agent's tree, and need not exist in the container's.
    /// </summary>
    public static void Register(string registration)
    {
        if (FileStatus.Find(Mountpoint + "/register", followLink: true) is null)
            Mounts.Mount("binfmt_misc", Mountpoint, "binfmt_misc", MountFlags.NoSetUserId | MountFlags.NoDevices | MountFlags.NoExecute);
        using Descriptor register = Descriptor.Open(Mountpoint + "/register", OpenFlags.WriteOnly);
        int count = register.Write(Encoding.UTF8.GetBytes(registration));
        if (count < 0)
            throw new LinuxException(-count, $"register the binary format \"{registration}\"");
    }
}
