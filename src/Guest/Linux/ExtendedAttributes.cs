using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>Extended attributes of files (xattr(7)), whose names and values are bytes.</summary>
/// <remarks>
/// Their system calls take paths only. For a path that is too long the thread changes to the directory, so it needs a working directory
/// that it does not share.
/// </remarks>
internal static unsafe class ExtendedAttributes
{
    private const int Limit = 64 * 1024; // XATTR_LIST_MAX and XATTR_SIZE_MAX

    [ThreadStatic]
    private static byte[]? s_names;

    [ThreadStatic]
    private static byte[]? s_value;

    public static void Set(ReadOnlySpan<byte> path, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        using PathTail tail = Enter(path);

        // SAFETY: here and below, names end with NUL, and everything is pinned for the length of the calls.
        fixed (byte* name = tail.Name, attributeName = PathTail.Terminate(attribute), start = value)
        {
            int result = Libc.lsetxattr(name, attributeName, start, (nuint)value.Length, 0);
            int error = Marshal.GetLastPInvokeError();
            Leave(tail);
            if (result < 0)
                throw new LinuxException(error, $"set the attribute {PathText.Of(attribute)} of {PathText.Of(path)}");
        }
    }

    /// <summary>Returns the attributes with their values; none where the filesystem does not support any.</summary>
    public static List<(byte[] Name, byte[] Value)> Read(ReadOnlySpan<byte> path)
    {
        var attributes = new List<(byte[], byte[])>();
        using PathTail tail = Enter(path);
        fixed (byte* file = tail.Name)
        {
            if (Libc.llistxattr(file, null, 0) > 0)
                Read(file, attributes);
        }

        Leave(tail);
        return attributes;
    }

    private static void Read(byte* file, List<(byte[] Name, byte[] Value)> attributes)
    {
        fixed (byte* names = s_names ??= new byte[Limit], value = s_value ??= new byte[Limit])
        {
            nint length = Libc.llistxattr(file, names, Limit);
            for (nint start = 0; start < length;)
            {
                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(names + start);
                nint valueLength = Libc.lgetxattr(file, names + start, value, Limit);
                if (valueLength >= 0)
                    attributes.Add((name.ToArray(), new ReadOnlySpan<byte>(value, (int)valueLength).ToArray()));
                start += name.Length + 1;
            }
        }
    }

    private static PathTail Enter(ReadOnlySpan<byte> path)
    {
        PathTail tail = PathTail.Of(path);
        if (tail.IsLong && Libc.fchdir(tail.Directory) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"enter the directory of {PathText.Of(path)}");
        return tail;
    }

    private static void Leave(in PathTail tail)
    {
        if (tail.IsLong)
            _ = Libc.chdir("/");
    }
}
