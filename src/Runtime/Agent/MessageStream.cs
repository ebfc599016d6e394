using Google.Protobuf;

namespace Islet.Agent;

/// <summary>Reads single length-delimited messages from a stream whose further bytes belong to another reader.</summary>
internal static class MessageStream
{
    private const int MaxLength = 64 * 1024;

    /// <exception cref="IOException">The stream ended early, or the guest sent an impossible length.</exception>
    public static async Task<T> ReadAsync<T>(GuestStream stream, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        // Byte by byte: the bytes after the message must stay unread. The message is a few bytes, already in memory.
        byte[] one = new byte[1];
        int length = 0;
        for (int shift = 0; ; shift += 7)
        {
            await ReadExactlyAsync(stream, one, cancellationToken).ConfigureAwait(false);
            length |= (one[0] & 0x7F) << shift;
            if (length > MaxLength || shift > 14)
                throw new IOException($"The guest announced a message of more than {MaxLength} bytes.");
            if ((one[0] & 0x80) == 0)
                break;
        }

        byte[] message = new byte[length];
        await ReadExactlyAsync(stream, message, cancellationToken).ConfigureAwait(false);
        try
        {
            return parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new IOException("The guest sent a malformed message.", exception);
        }
    }

    private static async Task ReadExactlyAsync(GuestStream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            await stream.ReadExactlyAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (EndOfStreamException exception)
        {
            throw new IOException("The guest closed a stream in the middle of a message.", exception);
        }
    }
}
