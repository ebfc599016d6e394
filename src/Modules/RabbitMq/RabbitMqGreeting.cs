namespace Islet.Modules.RabbitMq;

/// <summary>
/// A client that logs in, opens the virtual host and closes the connection properly (AMQP 0-9-1, section 2.2.4). The broker opens its ports
/// a little before its virtual hosts are up. A client that hung up earlier would appear in its log as one that went away unexpectedly.
/// </summary>
internal static class RabbitMqGreeting
{
    // Class 10, connection.
    private const int Start = 10, StartOk = 11, Tune = 30, TuneOk = 31, Open = 40, OpenOk = 41, Close = 50, CloseOk = 51;

    // Reply codes for temporary conditions: the broker is stopping or starting; the virtual host is down.
    private const int ConnectionForced = 320, InternalError = 541;

    private const int ReplySuccess = 200;

    private static readonly byte[] s_protocolHeader = [.. "AMQP"u8, 0, 0, 9, 1];

    /// <summary>Logs in, opens the virtual host, and closes the connection.</summary>
    /// <exception cref="NotReadyException">The broker answers, but does not serve yet.</exception>
    public static async Task SayAsync(Stream connection, RabbitMqLogin login, CancellationToken cancellationToken)
    {
        await connection.WriteAsync(s_protocolHeader, cancellationToken).ConfigureAwait(false);
        _ = await ExpectAsync(connection, Start, cancellationToken).ConfigureAwait(false);
        await AmqpMethod.Connection(StartOk)
            .Capability("authentication_failure_close")
            .ShortText("PLAIN").LongText($"\0{login.Username}\0{login.Password}").ShortText("en_US")
            .SendAsync(connection, cancellationToken).ConfigureAwait(false);

        AmqpMethod tune = await ExpectAsync(connection, Tune, cancellationToken).ConfigureAwait(false);
        if (tune.Method == Close)
        {
            await TakeRefusalAsync(connection, tune, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Accepts the limits that the broker proposes, and no heartbeat.
        await AmqpMethod.Connection(TuneOk).Bytes(Limits(tune)).Number(0)
            .SendAsync(connection, cancellationToken).ConfigureAwait(false);
        await AmqpMethod.Connection(Open).ShortText(login.VirtualHost).ShortText("").Byte(0)
            .SendAsync(connection, cancellationToken).ConfigureAwait(false);
        AmqpMethod open = await ExpectAsync(connection, OpenOk, cancellationToken).ConfigureAwait(false);
        if (open.Method == Close)
        {
            await TakeRefusalAsync(connection, open, cancellationToken).ConfigureAwait(false);
            return;
        }

        await AmqpMethod.Connection(Close).Number(ReplySuccess).ShortText("").Number(0).Number(0)
            .SendAsync(connection, cancellationToken).ConfigureAwait(false);
        _ = await ExpectAsync(connection, CloseOk, cancellationToken).ConfigureAwait(false);
    }

    // The limits of channels and of the frame size; a guest may send any bytes.
    private static ReadOnlySpan<byte> Limits(AmqpMethod tune) =>
        tune.Arguments.Length >= 6 ? tune.Arguments.Span[..6] : throw NotReadyException.Answered("limits that are cut off");

    /// <summary>Reads a method that should be a certain one. It may also be the broker's refusal, <see cref="Close"/>.</summary>
    private static async Task<AmqpMethod> ExpectAsync(Stream connection, int method, CancellationToken cancellationToken)
    {
        AmqpMethod answer = await AmqpMethod.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        return answer.IsConnection && (answer.Method == method || (answer.Method == Close && method is not (Start or CloseOk)))
            ? answer
            : throw NotReadyException.Answered(answer.ToString());
    }

    // The broker's configuration decides which users it accepts: a broker that refuses permanently is ready.
    private static async Task TakeRefusalAsync(Stream connection, AmqpMethod close, CancellationToken cancellationToken)
    {
        await AmqpMethod.Connection(CloseOk).SendAsync(connection, cancellationToken).ConfigureAwait(false);
        (int code, string text) = close.ReadReply();
        if (code is ConnectionForced or InternalError)
            throw NotReadyException.Answered($"{code} {text}");
    }
}
