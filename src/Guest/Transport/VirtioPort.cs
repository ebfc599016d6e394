using Islet.Guest.Linux;

namespace Islet.Guest.Transport;

/// <summary>Finds the virtio-serial port to which the host gave a name.</summary>
internal static class VirtioPort
{
    public const string Name = "islet.agent";

    private const int LongestMilliseconds = 10_000, PauseMilliseconds = 1;

    /// <summary>Opens the port called <see cref="Name"/>, or returns null where the machine has none.</summary>
    /// <remarks>
    /// The host tells the kernel of ports and their names while the agent starts; on a busy host that can be after this call. So this waits
    /// for the port if the machine has a device for ports, and no vsock that could be used instead.
    /// </remarks>
    public static Descriptor? TryOpen(string sysfs = "/sys", string devices = "/dev")
    {
        if (Find(sysfs, devices) is { } port)
            return port;
        if (!VirtioDevices.Has(VirtioDevices.Console, sysfs) || VirtioDevices.Has(VirtioDevices.Vsock, sysfs))
            return null;

        long deadline = Environment.TickCount64 + LongestMilliseconds;
        do
        {
            Thread.Sleep(PauseMilliseconds);
            port = Find(sysfs, devices);
        }
        while (port is null && Environment.TickCount64 < deadline);
        return port;
    }

    private static Descriptor? Find(string sysfs, string devices)
    {
        string ports = sysfs + "/class/virtio-ports";
        if (!Directory.Exists(ports))
            return null;
        foreach (string port in Directory.GetFileSystemEntries(ports))
        {
            if (VirtioDevices.ReadAttribute(port + "/name") == Name)
                return Descriptor.Open(devices + "/" + Path.GetFileName(port), OpenFlags.ReadWrite | OpenFlags.NonBlocking);
        }

        return null;
    }
}
