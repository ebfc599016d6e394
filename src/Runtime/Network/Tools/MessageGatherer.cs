using Islet.Protocol;
using Islet.Protocol.Grpc;

namespace Islet.Networking.Tools;

/// <summary>Gathers bytes until whole messages of gRPC are there.</summary>
internal sealed class MessageGatherer
{
    private readonly OutputBuffer _bytes = new();
    private int _uncounted;

    /// <summary>Whether the bytes are no messages.</summary>
    public bool IsBroken { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.Append(bytes);
        _uncounted += bytes.Length;
    }

    /// <summary>Takes the next message.</summary>
    public bool TryTake(out byte[] message)
    {
        message = [];
        ReadOnlySpan<byte> bytes = _bytes.Written.Span;
        if (IsBroken || bytes.Length < GrpcMessages.PrefixSize)
            return false;
        int length = GrpcMessages.ReadPrefix(bytes);
        IsBroken = length < 0;
        if (IsBroken || bytes.Length < GrpcMessages.PrefixSize + length)
            return false;
        message = bytes.Slice(GrpcMessages.PrefixSize, length).ToArray();
        _bytes.Release(GrpcMessages.PrefixSize + length);
        _uncounted -= length;
        return true;
    }

    /// <summary>Returns the number of bytes added since the last call that are in no message taken: prefixes, and messages that are half
    /// there.</summary>
    public int TakeUncounted()
    {
        int count = Math.Max(0, _uncounted);
        _uncounted -= count;
        return count;
    }
}
