using Islet.Modules.Redis;
using StackExchange.Redis;

namespace Islet.Modules.Tests.Redis;

public sealed class RedisTests(RedisFixture fixture) : IClassFixture<RedisFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_library_connects_over_tls_with_the_servers_own_certificate()
    {
        RedisContainer redis = await fixture.GetAsync();
        using ConnectionMultiplexer connection = await ConnectAsync(redis, redis.GetConnectionString());
        IDatabase database = connection.GetDatabase();
        await database.StringSetAsync("key", "value");
        Assert.Equal("value", await database.StringGetAsync("key"));
    }

    [Fact]
    public async Task The_password_is_the_caches_own_and_without_it_nobody_is_let_in()
    {
        RedisContainer redis = await fixture.GetAsync();
        Assert.Equal(TestRuntime.Instance.DeriveSecret("Redis/password"), redis.Password);
        string without = redis.GetConnectionString().Replace(redis.Password, "wrong", StringComparison.Ordinal);
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectAsync(redis, without));
    }

    [Fact]
    public async Task ExecScriptAsync_runs_lua_with_keys_and_arguments()
    {
        RedisContainer redis = await fixture.GetAsync();
        string answer = await redis.ExecScriptAsync(
            "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])", ["lua"], ["forty two"], Cancelled);
        Assert.Equal("forty two\n", answer);
    }

    [Fact]
    public async Task ExecScriptAsync_says_why_a_script_failed()
    {
        RedisContainer redis = await fixture.GetAsync();
        ScriptException failed = await Assert.ThrowsAsync<ScriptException>(
            () => redis.ExecScriptAsync("return redis.call('NOSUCHCOMMAND')", cancellationToken: Cancelled));
        Assert.Contains("Unknown Redis command", failed.Message, StringComparison.OrdinalIgnoreCase);

        // The container decides what its output is: neither its length nor its content may harm who reads the message.
        failed = await Assert.ThrowsAsync<ScriptException>(
            () => redis.ExecScriptAsync(
                "return redis.error_reply(string.rep('x', 100000) .. '\\27[31m the reason')", cancellationToken: Cancelled));
        Assert.Contains("the reason", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', failed.Message);
        Assert.InRange(failed.Message.Length, 1000, 3000);
    }

    [Fact]
    public async Task A_line_of_configuration_takes_effect()
    {
        RedisContainer redis = await fixture.GetAsync();
        using ConnectionMultiplexer connection = await ConnectAsync(redis, redis.GetConnectionString());
        var answer = (RedisResult[]?)await connection.GetDatabase().ExecuteAsync("CONFIG", "GET", "maxmemory");
        Assert.NotNull(answer);
        Assert.Equal("50331648", (string?)answer[1]);
    }

    internal static Task<ConnectionMultiplexer> ConnectAsync(RedisContainer redis, string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.CertificateValidation += redis.Certificate!.Validate;
        options.ConnectTimeout = options.SyncTimeout = 30_000;
        options.AllowAdmin = true;
        return ConnectionMultiplexer.ConnectAsync(options);
    }
}
