using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Native.Posix;

/// <summary>NUL-terminated UTF-8 strings and arrays of them, in native memory until disposed.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly List<nint> _blocks = [];

    /// <summary>Copies a string.</summary>
    /// <exception cref="ArgumentException">The text contains a NUL; a C program would ignore everything after it.</exception>
    public byte* Add(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"'{text.Replace('\0', '?')}' contains a NUL character.", nameof(text));

        int length = Encoding.UTF8.GetByteCount(text);
        byte* block = Allocate(length + 1);

        // SAFETY: the block has room for the text and its terminator.
        _ = Encoding.UTF8.GetBytes(text, new Span<byte>(block, length));
        block[length] = 0;
        return block;
    }

    /// <summary>Copies strings into an array that ends with a null pointer, as argv and envp do.</summary>
    public byte** AddArray(params List<string> texts)
    {
        // SAFETY: the array has one pointer for each text, and one for the end.
        byte** array = (byte**)Allocate((texts.Count + 1) * sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
            array[i] = Add(texts[i]);
        array[texts.Count] = null;
        return array;
    }

    /// <summary>Frees all of them.</summary>
    public void Dispose()
    {
        foreach (nint block in _blocks)
            NativeMemory.Free((void*)block);
        _blocks.Clear();
    }

    private byte* Allocate(int bytes)
    {
        byte* block = (byte*)NativeMemory.Alloc((nuint)bytes);
        _blocks.Add((nint)block);
        return block;
    }
}
