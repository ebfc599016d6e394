namespace Islet.Modules.Memcached;

/// <summary>The command <c>version</c> (memcached's protocol.txt, "Other commands").</summary>
internal static class MemcachedGreeting
{
    private static readonly byte[] s_version = "version\r\n"u8.ToArray();

    public static async Task SayAsync(Stream connection, CancellationToken cancellationToken)
    {
        await connection.WriteAsync(s_version, cancellationToken).ConfigureAwait(false);
        string answer = await AnswerLine.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!answer.StartsWith("VERSION ", StringComparison.Ordinal))
            throw NotReadyException.Answered(answer);
    }
}
