using StackExchange.Redis;

namespace Islet.Aspire.Tests;

/// <summary>A client that reads and writes one value of a Redis server.</summary>
internal static class RedisClient
{
    public const string Password = "not-a-secret";

    private const string Key = "value";

    public static async Task SetAsync(TestApplication app, string resource, string value)
    {
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync((await app.ConnectionStringAsync(resource))!);
        await connection.GetDatabase().StringSetAsync(Key, value);
    }

    public static async Task<string?> GetAsync(TestApplication app, string resource) =>
        await ReadAsync((await app.ConnectionStringAsync(resource))!);

    /// <param name="address">The host and the port.</param>
    public static Task<string?> GetAsync(string address) => ReadAsync($"{address},password={Password}");

    private static async Task<string?> ReadAsync(string options)
    {
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        return await connection.GetDatabase().StringGetAsync(Key);
    }
}
