using System.Globalization;
using Islet;
using Spectre.Console;
using StackExchange.Redis;

namespace Quickstart;

internal static class RedisCommands
{
    /// <returns>The time from the beginning of the start until the first answer.</returns>
    public static async Task<TimeSpan> FirstAnswerAsync(Task<Container> started)
    {
        Container redis = await started;
        ConnectionMultiplexer connection = await ConnectAsync(redis);
        await connection.GetDatabase().PingAsync();
        TimeSpan elapsed = redis.Timeline.Elapsed;
        await CloseAsync(connection);
        return elapsed;
    }

    public static async Task RunAsync(Container redis)
    {
        ConnectionMultiplexer connection = await ConnectAsync(redis);
        IDatabase database = connection.GetDatabase();
        TimeSpan ping = await database.PingAsync();
        await database.StringSetAsync("greeting", "hello from a micro-VM");
        long visits = 0;
        for (int visit = 0; visit < 3; visit++)
            visits = await database.StringIncrementAsync("visits");
        RedisValue greeting = await database.StringGetAsync("greeting");
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]redis[/]     PING answered in {ping.TotalMilliseconds:0.0} ms; greeting = \"{greeting}\", visits = {visits}");
        await CloseAsync(connection);
    }

    // Its Dispose would wait for answers to QUIT, which this version of the library misses, until the sync timeout.
    private static Task CloseAsync(ConnectionMultiplexer connection) => connection.CloseAsync(allowCommandsToComplete: false);

    private static Task<ConnectionMultiplexer> ConnectAsync(Container redis) => ConnectionMultiplexer.ConnectAsync(string.Create(
        CultureInfo.InvariantCulture, $"{redis.Host}:{redis.GetPort(6379)},connectTimeout=20000,syncTimeout=20000"));
}
