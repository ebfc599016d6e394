using System.Globalization;
using Islet.Containers;
using Spectre.Console;
using StackExchange.Redis;

namespace Quickstart;

internal static class RedisCommands
{
    /// <returns>The time from the beginning of the start until the first answer.</returns>
    public static async Task<TimeSpan> FirstAnswerAsync(Task<Container> started)
    {
        Container redis = await started;
        using ConnectionMultiplexer connection = await ConnectAsync(redis);
        await connection.GetDatabase().PingAsync();
        return redis.Timeline.Elapsed;
    }

    public static async Task RunAsync(Container redis)
    {
        using ConnectionMultiplexer connection = await ConnectAsync(redis);
        IDatabase database = connection.GetDatabase();
        TimeSpan ping = await database.PingAsync();
        await database.StringSetAsync("greeting", "hello from a micro-VM");
        long visits = 0;
        for (int visit = 0; visit < 3; visit++)
            visits = await database.StringIncrementAsync("visits");
        RedisValue greeting = await database.StringGetAsync("greeting");
        AnsiConsole.MarkupLineInterpolated($"[bold]redis[/]     PING answered in {ping.TotalMilliseconds:0.0} ms; greeting = \"{greeting}\", visits = {visits}");
    }

    private static Task<ConnectionMultiplexer> ConnectAsync(Container redis) => ConnectionMultiplexer.ConnectAsync(string.Create(
        CultureInfo.InvariantCulture, $"{redis.Host}:{redis.GetPort(6379)},connectTimeout=20000,syncTimeout=20000"));
}
