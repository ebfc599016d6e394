namespace Islet.Modules.RabbitMq;

/// <summary>
/// The protocol header, which a broker that is ready answers with Connection.Start (AMQP 0-9-1 specification, 4.2.2 and 1.4.2.1). It
/// opens its port last of all, when users, virtual hosts and queues are there.
/// </summary>
internal static class AmqpGreeting
{
    private const byte MethodFrame = 1;

    private static readonly byte[] s_header = "AMQP\0\0\u0009\u0001"u8.ToArray();
    private static readonly byte[] s_connectionStart = [0, 10, 0, 10];

    public static async Task SayAsync(Stream connection, CancellationToken cancellationToken)
    {
        await connection.WriteAsync(s_header, cancellationToken).ConfigureAwait(false);

        // The frame's type, channel and size, then the method.
        byte[] start = new byte[11];
        await connection.ReadExactlyAsync(start, cancellationToken).ConfigureAwait(false);
        if (start[0] != MethodFrame || !start.AsSpan(7).SequenceEqual(s_connectionStart))
            throw new NotReadyException("an answer that is not AMQP's");
    }
}
