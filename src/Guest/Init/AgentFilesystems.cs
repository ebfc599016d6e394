using Islet.Guest.Linux;
using Islet.Guest.Processes;

namespace Islet.Guest.Init;

/// <summary>The agent's own small file tree in the initramfs.</summary>
internal static class AgentFilesystems
{
    private const MountFlags NoSuidExecDev = MountFlags.NoSetUserId | MountFlags.NoExecute | MountFlags.NoDevices;

    public static void Mount()
    {
        Mounts.MakeRootMovable();

        // /dev first: the runtime reads random numbers from there, and would otherwise look for another source.
        MountAt("devtmpfs", "/dev", MountFlags.NoSetUserId | MountFlags.NoExecute);
        MountAt("proc", "/proc", NoSuidExecDev);
        MountAt("sysfs", "/sys", NoSuidExecDev);
        MountAt("cgroup2", ControlGroup.Mountpoint, NoSuidExecDev, "nsdelegate");
        Mounts.MakeDirectory(Container.RootMountpoint);
    }

    private static void MountAt(string type, string target, MountFlags flags, string data = "")
    {
        // sysfs creates the cgroup mount point itself, and refuses to create directories.
        if (FileStatus.Find(target, followLink: true) is null)
            Mounts.MakeDirectory(target);
        Mounts.Mount(type, target, type, flags, data);
    }
}
