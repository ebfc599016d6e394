using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Islet.Modules.RabbitMq;

/// <summary>A method frame of AMQP 0-9-1 on channel 0 (section 4.2): only the part of the protocol that a greeting needs.</summary>
internal sealed class AmqpMethod
{
    private const byte MethodFrame = 1, FrameEnd = 0xCE;
    private const int ConnectionClass = 10;
    private const int HeaderSize = 7, MethodIdSize = 4;

    // A broker's description of itself in `start` is below 1 KiB; a frame before `tune` may have at most 4096 bytes.
    private const int Longest = 4096;

    private readonly ArrayBufferWriter<byte> _arguments = new();

    private AmqpMethod(int classId, int method) => (ClassId, Method) = (classId, method);

    public int ClassId { get; }

    public int Method { get; }

    public bool IsConnection => ClassId == ConnectionClass;

    public ReadOnlyMemory<byte> Arguments => _arguments.WrittenMemory;

    /// <summary>Begins a method of the class connection; its arguments are added in order.</summary>
    public static AmqpMethod Connection(int method) => new(ConnectionClass, method);

    /// <summary>Reads the next method.</summary>
    /// <exception cref="NotReadyException">The frame is not a method.</exception>
    public static async Task<AmqpMethod> ReadAsync(Stream connection, CancellationToken cancellationToken)
    {
        byte[] header = new byte[HeaderSize];
        await connection.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
        uint size = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(3));
        if (header[0] != MethodFrame || size is < MethodIdSize or > Longest)
            throw NotReadyException.Answered(Encoding.ASCII.GetString(header));

        byte[] payload = new byte[size + 1];
        await connection.ReadExactlyAsync(payload, cancellationToken).ConfigureAwait(false);
        var method = new AmqpMethod(BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(2)));
        return payload[^1] == FrameEnd
            ? method.Bytes(payload.AsSpan(MethodIdSize, payload.Length - MethodIdSize - 1))
            : throw NotReadyException.Answered("a frame without its end");
    }

    public ValueTask SendAsync(Stream connection, CancellationToken cancellationToken)
    {
        byte[] frame = new byte[HeaderSize + MethodIdSize + _arguments.WrittenCount + 1];
        frame[0] = MethodFrame;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(3), (uint)(MethodIdSize + _arguments.WrittenCount));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(HeaderSize), (ushort)ClassId);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(HeaderSize + 2), (ushort)Method);
        Arguments.CopyTo(frame.AsMemory(HeaderSize + MethodIdSize));
        frame[^1] = FrameEnd;
        return connection.WriteAsync(frame, cancellationToken);
    }

    public AmqpMethod Byte(byte value) => Bytes([value]);

    public AmqpMethod Bytes(ReadOnlySpan<byte> bytes)
    {
        _arguments.Write(bytes);
        return this;
    }

    public AmqpMethod Number(ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return Bytes(bytes);
    }

    public AmqpMethod ShortText(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Byte(checked((byte)bytes.Length)).Bytes(bytes);
    }

    public AmqpMethod LongText(string text) => LongBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Adds the client's properties, which consist of one capability: a table within a table.</summary>
    public AmqpMethod Capability(string name)
    {
        AmqpMethod capabilities = new AmqpMethod(0, 0).ShortText(name).Byte((byte)'t').Byte(1);
        AmqpMethod properties = new AmqpMethod(0, 0).ShortText("capabilities").Byte((byte)'F').LongBytes(capabilities.Arguments.Span);
        return LongBytes(properties.Arguments.Span);
    }

    /// <summary>Reads the arguments of <c>close</c>: the reply code and its text.</summary>
    public (int Code, string Text) ReadReply()
    {
        ReadOnlySpan<byte> arguments = Arguments.Span;
        return arguments.Length >= 3 && arguments.Length >= 3 + arguments[2]
            ? (BinaryPrimitives.ReadUInt16BigEndian(arguments), Encoding.UTF8.GetString(arguments.Slice(3, arguments[2])))
            : throw NotReadyException.Answered("a refusal that is cut off");
    }

    public override string ToString() => $"method {ClassId}.{Method}";

    private AmqpMethod LongBytes(ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)bytes.Length);
        return Bytes(length).Bytes(bytes);
    }
}
