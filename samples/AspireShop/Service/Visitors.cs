using System.Globalization;
using StackExchange.Redis;

namespace AspireShop.Service;

/// <summary>Counts who looks at what; in Redis.</summary>
public sealed class Visitors(IConnectionMultiplexer redis)
{
    public Task<long> CountAsync(int article) =>
        redis.GetDatabase().StringIncrementAsync(string.Create(CultureInfo.InvariantCulture, $"visits:{article}"));
}
