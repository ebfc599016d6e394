namespace Islet.Modules.Redis;

/// <summary>The command PING, in its inline form. A server that asks for a password first is as ready as one that answers PONG.</summary>
internal static class RedisGreeting
{
    private static readonly byte[] s_ping = "PING\r\n"u8.ToArray();

    public static async Task SayAsync(Stream connection, CancellationToken cancellationToken)
    {
        await connection.WriteAsync(s_ping, cancellationToken).ConfigureAwait(false);
        string answer = await AnswerLine.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        if (answer != "+PONG" && !answer.StartsWith("-NOAUTH", StringComparison.Ordinal))
            throw NotReadyException.Answered(answer);
    }
}
