using System.Buffers.Binary;

namespace Islet.Protocol.Grpc;

/// <summary>The five bytes in front of every message: not compressed, and the length (gRPC over HTTP/2,
/// "Length-Prefixed-Message").</summary>
internal static class GrpcMessages
{
    public const int PrefixSize = 5;

    /// <summary>The longest message in either direction: 4 MiB, which all implementations take by default.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    public static void WritePrefix(Span<byte> target, int length)
    {
        target[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(target[1..], length);
    }

    /// <summary>Reads a prefix.</summary>
    /// <returns>The length of the message; -1 when it is compressed or too long.</returns>
    public static int ReadPrefix(ReadOnlySpan<byte> source) =>
        source[0] == 0 && BinaryPrimitives.ReadUInt32BigEndian(source[1..]) is <= MaxLength and uint length ? (int)length : -1;
}
