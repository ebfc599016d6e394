using System.Text;
using Islet.Guest.Linux;

namespace Islet.Guest.Transport;

/// <summary>What virtio devices the machine has. The kernel knows all of them before it starts the agent.</summary>
internal static class VirtioDevices
{
    /// <summary>The device that has ports. The specification's section 5.</summary>
    public const string Console = "0x0003";

    /// <summary>Sockets between guest and host.</summary>
    public const string Vsock = "0x0013";

    /// <summary>Has the machine a device of this type?</summary>
    /// <param name="type">The number, as sysfs writes it.</param>
    /// <param name="sysfs">Where sysfs is mounted.</param>
    public static bool Has(string type, string sysfs)
    {
        string devices = sysfs + "/bus/virtio/devices";
        return Directory.Exists(devices)
            && Array.Exists(Directory.GetFileSystemEntries(devices), device => ReadAttribute(device + "/device") == type);
    }

    /// <summary>A value in sysfs, or null where there is none, or not yet.</summary>
    public static string? ReadAttribute(string path)
    {
        using Descriptor? file = Descriptor.TryOpen(path, OpenFlags.ReadOnly);
        Span<byte> value = stackalloc byte[64];
        int length = file?.Read(value) ?? 0;
        return length > 0 ? Encoding.UTF8.GetString(value[..length]).TrimEnd() : null;
    }
}
