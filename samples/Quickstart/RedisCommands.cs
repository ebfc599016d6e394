using System.Globalization;
using Islet.Containers;
using Spectre.Console;
using StackExchange.Redis;

namespace Quickstart;

internal static class RedisCommands
{
    /// <returns>The time from the beginning of the start until the first answer.</returns>
    public static async Task<TimeSpan> RunAsync(Container redis)
    {
        string address = string.Create(CultureInfo.InvariantCulture, $"{redis.Host}:{redis.GetPort(6379)}");
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(address + ",connectTimeout=20000,syncTimeout=20000");
        IDatabase database = connection.GetDatabase();
        await database.PingAsync();
        TimeSpan firstAnswer = redis.Timeline.Elapsed;

        await database.StringSetAsync("greeting", "hello from a micro-VM");
        long visits = 0;
        for (int visit = 0; visit < 3; visit++)
            visits = await database.StringIncrementAsync("visits");
        RedisValue greeting = await database.StringGetAsync("greeting");
        AnsiConsole.MarkupLineInterpolated($"[bold]redis[/]     PING answered; greeting = \"{greeting}\", visits = {visits}");
        return firstAnswer;
    }
}
