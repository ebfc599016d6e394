using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Guest.Linux;

/// <summary>
/// A path of bytes, of any length, in the form that a system call takes: a directory, and a rest that is short enough. A container can make
/// trees whose paths are longer than the kernel takes at once.
/// </summary>
internal readonly ref struct PathTail : IDisposable
{
    private const int PathMax = 4096; // with the NUL

    private readonly Descriptor? _opened;

    private PathTail(Descriptor? opened, byte[] name)
    {
        _opened = opened;
        Name = name;
    }

    /// <summary>The directory to which <see cref="Name"/> is relative.</summary>
    public int Directory => _opened?.Number ?? At.WorkingDirectory;

    /// <summary>The rest of the path, followed by a NUL.</summary>
    public byte[] Name { get; }

    /// <summary>Whether the rest is relative to a directory that was opened.</summary>
    public bool IsLong => _opened is not null;

    /// <summary>Splits a path, and opens the directories of a long one.</summary>
    /// <exception cref="LinuxException">A part of a long path can't be opened.</exception>
    public static PathTail Of(ReadOnlySpan<byte> path)
    {
        Descriptor? opened = null;
        while (path.Length >= PathMax)
        {
            int slash = path[..PathMax].LastIndexOf((byte)'/');
            if (slash <= 0)
            {
                opened?.Dispose();
                throw new LinuxException(Errno.ENAMETOOLONG, $"open {PathText.Of(path)}");
            }

            Descriptor next = OpenDirectory(opened, path[..slash], path);
            opened?.Dispose();
            opened = next;
            path = path[(slash + 1)..];
        }

        return new PathTail(opened, Terminate(path));
    }

    public void Dispose() => _opened?.Dispose();

    /// <summary>Returns the bytes with the NUL that ends a path.</summary>
    public static byte[] Terminate(ReadOnlySpan<byte> path)
    {
        var name = new byte[path.Length + 1];
        path.CopyTo(name);
        return name;
    }

    private static unsafe Descriptor OpenDirectory(Descriptor? parent, ReadOnlySpan<byte> part, ReadOnlySpan<byte> path)
    {
        // SAFETY: the name ends with NUL and is pinned for the length of the call.
        fixed (byte* name = Terminate(part))
        {
            int number = Libc.openat(
                parent?.Number ?? At.WorkingDirectory, name, OpenFlags.PathOnly | OpenFlags.Directory | OpenFlags.CloseOnExec, 0);
            if (number >= 0)
                return new Descriptor(number);
        }

        int error = Marshal.GetLastPInvokeError();
        parent?.Dispose();
        throw new LinuxException(error, $"open {PathText.Of(path)}");
    }
}

/// <summary>Paths as messages show them.</summary>
internal static class PathText
{
    private const int Longest = 512;

    /// <summary>Returns the path as text, without control characters; a long path is cut in its middle.</summary>
    public static string Of(ReadOnlySpan<byte> path)
    {
        if (path.Length > Longest)
            return string.Concat(Of(path[..(Longest / 2)]), "…", Of(path[^(Longest / 2)..]));
        return string.Create(Encoding.UTF8.GetCharCount(path), path, static (text, bytes) =>
        {
            Encoding.UTF8.GetChars(bytes, text);
            foreach (ref char c in text)
                c = char.IsControl(c) ? '?' : c;
        });
    }
}
