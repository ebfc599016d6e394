using System.Buffers.Binary;

namespace Islet.Aspire.Exec;

/// <summary>The kind of a message between the program and the AppHost.</summary>
internal enum ExecFrameKind : byte
{
    /// <summary>To the AppHost, the first message: an <see cref="ExecRequest"/> as JSON.</summary>
    Request,

    /// <summary>To the AppHost: input from the terminal. Without bytes: the end of the input.</summary>
    Input,

    /// <summary>To the AppHost: the columns and rows of the terminal, two numbers of 32 bits.</summary>
    Resized,

    /// <summary>From the AppHost: the process runs.</summary>
    Started,

    /// <summary>From the AppHost: bytes of standard output.</summary>
    Output,

    /// <summary>From the AppHost: bytes of standard error.</summary>
    Error,

    /// <summary>From the AppHost, the last message: the exit code, a number of 32 bits.</summary>
    Exited,

    /// <summary>From the AppHost, the last message: the reason why the process was not started, as text.</summary>
    Refused,

    /// <summary>From the AppHost, the last message: the container is not one of its micro-VMs.</summary>
    Unknown,
}

/// <summary>A message: its kind, the length of its content in 32 bits with the lowest byte first, and the content.</summary>
internal readonly record struct ExecFrame(ExecFrameKind Kind, ReadOnlyMemory<byte> Content)
{
    // More than any request needs; input and output are sent in smaller pieces.
    private const int LargestContent = 4 * 1024 * 1024;

    public static ExecFrame Of(ExecFrameKind kind, params ReadOnlySpan<int> numbers)
    {
        byte[] content = new byte[numbers.Length * sizeof(int)];
        for (int index = 0; index < numbers.Length; index++)
            BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(index * sizeof(int)), numbers[index]);
        return new ExecFrame(kind, content);
    }

    public int Number(int index) => BinaryPrimitives.ReadInt32LittleEndian(Content.Span[(index * sizeof(int))..]);

    /// <summary>Writes the frame. Only one write may run at a time.</summary>
    public async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[1 + sizeof(int) + Content.Length];
        bytes[0] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), Content.Length);
        Content.CopyTo(bytes.AsMemory(1 + sizeof(int)));
        await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the next frame; <see langword="null"/> at the end of the stream.</summary>
    public static async Task<ExecFrame?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] header = new byte[1 + sizeof(int)];
        int read = await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (read < header.Length)
            return null;
        int length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(1));
        if (length is < 0 or > LargestContent)
            throw new InvalidDataException($"A message of {length} bytes is announced; {LargestContent} are the most.");
        byte[] content = new byte[length];
        await stream.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
        return new ExecFrame((ExecFrameKind)header[0], content);
    }
}
