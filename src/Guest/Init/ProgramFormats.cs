using Islet.Guest.Linux;

namespace Islet.Guest.Init;

/// <summary>
/// The rules by which the kernel runs programs of other architectures (Linux, Documentation/admin-guide/binfmt-misc.rst). The host puts
/// them into the initramfs, one in each file, next to the programs that they name.
/// </summary>
internal static class ProgramFormats
{
    private const string Rules = "/binfmt.d";
    private const string Mountpoint = "/proc/sys/fs/binfmt_misc";

    public static void Register()
    {
        if (!Directory.Exists(Rules))
            return;
        Mounts.Mount("binfmt_misc", Mountpoint, "binfmt_misc",
            MountFlags.NoSetUserId | MountFlags.NoExecute | MountFlags.NoDevices);
        foreach (string rule in Directory.GetFiles(Rules))
        {
            using var register = Descriptor.Open(Mountpoint + "/register", OpenFlags.WriteOnly);
            int written = register.Write(File.ReadAllBytes(rule));
            if (written < 0)
                KernelConsole.Log($"{rule} is not accepted: {LinuxException.Describe(-written)}");
        }
    }
}
