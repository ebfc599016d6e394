using Islet.Modules.Redis;
using Islet.Modules.Tests.Redis;
using StackExchange.Redis;

namespace Islet.Modules.Tests;

/// <summary>The defaults that a module sets are the same at each start, so that a later start finds the state of an earlier one.</summary>
public sealed class WarmStartTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("islet-cache-").FullName;
    private int _called;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task The_second_start_has_the_password_the_certificate_and_the_rows_of_the_first()
    {
        TestRuntime.RequireMachines();
        string password = await StartAsync(redis => Task.FromResult(redis.Password));
        string row = await StartAsync(async redis =>
        {
            Assert.Equal(password, redis.Password);
            using ConnectionMultiplexer connection = await RedisTests.ConnectAsync(redis, redis.GetConnectionString());
            return (await connection.GetDatabase().StringGetAsync("key")).ToString();
        });
        Assert.Equal("made once", row);
        Assert.Equal(1, _called);
    }

    // Each time with a new runtime, as in another process.
    private async Task<string> StartAsync(Func<RedisContainer, Task<string>> use)
    {
        await using var runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = _cache });
        await using RedisContainer redis = await new RedisBuilder(TestRuntime.Image("redis"))
            .WithMemory(MemorySize.FromMebibytes(128)).WithTls().WithWarmStart()
            .WithStartupCallback("1", async (starting, cancellationToken) =>
            {
                _called++;
                await starting.ExecScriptAsync("return redis.call('SET', 'key', 'made once')", cancellationToken: cancellationToken);
            })
            .StartAsync(runtime, TestContext.Current.CancellationToken);
        return await use(redis);
    }
}
