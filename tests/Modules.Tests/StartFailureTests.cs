using Islet.Modules.MariaDb;
using Islet.Modules.Nginx;
using Islet.Modules.Redis;

namespace Islet.Modules.Tests;

/// <summary>The message of a failed start: what it waited for, what it saw, and the server's output.</summary>
public sealed class StartFailureTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_listens_elsewhere_fails_the_start_when_its_time_is_over()
    {
        TestRuntime.RequireMachines();
        WaitTimeoutException exception = await Assert.ThrowsAsync<WaitTimeoutException>(
            () => new RedisBuilder(TestRuntime.Image("redis")).WithMemory(MemorySize.FromMebibytes(128)).WithConfiguration("port 7000")
                .WithStartTimeout(TimeSpan.FromSeconds(12)).StartAsync(TestRuntime.Instance, Cancelled));
        Assert.Contains("Redis to serve clients on port 6379", exception.Message, StringComparison.Ordinal);
        Assert.Contains("nothing that listens", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Ready to accept connections", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_speaks_another_protocol_is_not_ready_and_its_answer_is_told()
    {
        TestRuntime.RequireMachines();
        WaitTimeoutException exception = await Assert.ThrowsAsync<WaitTimeoutException>(
            () => new RedisBuilder(TestRuntime.Image("nginx"))
                .WithMemory(MemorySize.FromMebibytes(128)).WithCommand("nginx", "-g", "daemon off;")
                .WithFile("/etc/nginx/conf.d/default.conf", "server { listen 6379; }")
                .WithStartTimeout(TimeSpan.FromSeconds(12)).StartAsync(TestRuntime.Instance, Cancelled));
        Assert.Contains("the answer \"HTTP/1.1 400 Bad Request\"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_that_the_server_refuses_fails_the_start_at_once_with_the_servers_own_words()
    {
        TestRuntime.RequireMachines();
        WaitFailedException exception = await Assert.ThrowsAsync<WaitFailedException>(
            () => new NginxBuilder(TestRuntime.Image("nginx"))
                .WithConfiguration("server { lissen 80; }").StartAsync(TestRuntime.Instance, Cancelled));
        Assert.Contains("unknown directive \"lissen\"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_init_script_with_an_error_fails_the_start_with_the_error()
    {
        TestRuntime.RequireMachines();
        WaitFailedException exception = await Assert.ThrowsAsync<WaitFailedException>(
            () => new MariaDbBuilder(TestRuntime.Image("mariadb")).WithInitScript("wrong.sql", "CREATE TABEL item (id INT);")
                .StartAsync(TestRuntime.Instance, Cancelled));
        Assert.Contains("MariaDB to serve clients on port 3306", exception.Message, StringComparison.Ordinal);
        Assert.Contains("You have an error in your SQL syntax", exception.Message, StringComparison.Ordinal);
    }
}
