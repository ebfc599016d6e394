using System.Text;
using Islet.Guest.Linux;

namespace Islet.Guest.Transport;

/// <summary>Finds the virtio-serial port that the host gave a name to.</summary>
internal static class VirtioPort
{
    public const string Name = "islet.agent";

    private const string Directory = "/sys/class/virtio-ports";

    /// <summary>Opens the port called <see cref="Name"/>, or returns null where the machine has none.</summary>
    public static Descriptor? TryOpen()
    {
        if (!System.IO.Directory.Exists(Directory))
            return null;
        foreach (string port in System.IO.Directory.GetFileSystemEntries(Directory))
        {
            if (ReadName(port + "/name") == Name)
                return Descriptor.Open("/dev/" + Path.GetFileName(port), OpenFlags.ReadWrite | OpenFlags.NonBlocking);
        }

        return null;
    }

    private static string? ReadName(string path)
    {
        using Descriptor? file = Descriptor.TryOpen(path, OpenFlags.ReadOnly);
        Span<byte> name = stackalloc byte[64];
        int length = file?.Read(name) ?? 0;
        return length > 0 ? Encoding.UTF8.GetString(name[..length]).TrimEnd() : null;
    }
}
