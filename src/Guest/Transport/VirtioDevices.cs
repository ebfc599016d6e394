using System.Text;
using Islet.Guest.Linux;

namespace Islet.Guest.Transport;

/// <summary>The virtio devices of the machine. The kernel knows all of them before it starts the agent.</summary>
internal static class VirtioDevices
{
    /// <summary>The type of the device that has ports. See section 5 of the specification.</summary>
    public const string Console = "0x0003";

    /// <summary>The type of the device for sockets between guest and host.</summary>
    public const string Vsock = "0x0013";

    /// <summary>Whether the machine has a device of this type.</summary>
    /// <param name="type">The number of the type, as sysfs writes it.</param>
    /// <param name="sysfs">The path at which sysfs is mounted.</param>
    public static bool Has(string type, string sysfs)
    {
        string devices = sysfs + "/bus/virtio/devices";
        return Directory.Exists(devices)
            && Array.Exists(Directory.GetFileSystemEntries(devices), device => ReadAttribute(device + "/device") == type);
    }

    /// <summary>Reads a value in sysfs; null where it does not exist, or not yet.</summary>
    public static string? ReadAttribute(string path)
    {
        using Descriptor? file = Descriptor.TryOpen(path, OpenFlags.ReadOnly);
        Span<byte> value = stackalloc byte[64];
        int length = file?.Read(value) ?? 0;
        return length > 0 ? Encoding.UTF8.GetString(value[..length]).TrimEnd() : null;
    }
}
