using System.Net.Sockets;
using RabbitMQ.Client;

namespace Islet.Aspire.Tests;

/// <summary>Features of AppHosts that do not use micro-VMs themselves.</summary>
public sealed class StockTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.CreateBuilder();

    [Fact]
    public async Task Redis_answers_with_the_password_that_Aspire_makes_and_without_one()
    {
        _builder.AddRedis("with");
        // Without protection is the default of the official image, not of Debian's.
        _builder.AddRedis("without").WithPassword(null).WithArgs("--protected-mode", "no");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        foreach (string name in (string[])["with", "without"])
        {
            await app.WaitUntilHealthyAsync(name);
            await RedisClient.SetAsync(app, name, name);
            Assert.Equal(name, await RedisClient.GetAsync(app, name));
        }

        Assert.Contains("password=", await app.ConnectionStringAsync("with"), StringComparison.Ordinal);
        Assert.DoesNotContain("password=", await app.ConnectionStringAsync("without"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RabbitMQ_is_healthy_and_takes_a_message()
    {
        _builder.AddRabbitMQ("queue");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitUntilHealthyAsync("queue");

        var factory = new ConnectionFactory { Uri = new Uri((await app.ConnectionStringAsync("queue"))!) };
        await using IConnection connection = await factory.CreateConnectionAsync(TestApplication.Cancellation);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: TestApplication.Cancellation);
        string queue = await channel.QueueDeclareAsync(cancellationToken: TestApplication.Cancellation);
        await channel.BasicPublishAsync("", queue, "hello"u8.ToArray(), TestApplication.Cancellation);
        BasicGetResult? received;
        while ((received = await channel.BasicGetAsync(queue, autoAck: true, TestApplication.Cancellation)) is null)
            await Task.Delay(100, TestApplication.Cancellation);
        Assert.Equal("hello"u8, received.Body.Span);
    }

    [Fact]
    public async Task A_shell_gets_the_arguments_as_one_line_that_it_takes_apart_itself()
    {
#pragma warning disable ASPIRECONTAINERSHELLEXECUTION001 // as Redis has it
        _builder.AddResource(new ContainerResource("box", "/bin/sh") { ShellExecution = true }).WithImage("debian")
#pragma warning restore ASPIRECONTAINERSHELLEXECUTION001
            .WithEnvironment("COLOUR", "dark  blue").WithArgs("echo", "\"$COLOUR\"", "'two  words'", "&&", "echo", "second");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Exited);
        IReadOnlyList<string> log = await app.LogAsync("box");
        Assert.Contains(log, line => line.EndsWith(" dark  blue two  words", StringComparison.Ordinal));
        Assert.Contains(log, line => line.EndsWith(" second", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_web_server_is_healthy_by_its_HTTP_health_check()
    {
        IResourceBuilder<ContainerResource> web = _builder.AddContainer("web", "nginx")
            .WithHttpEndpoint(targetPort: 80).WithHttpHealthCheck("/");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitUntilHealthyAsync("web");
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.GetAsync(web.GetEndpoint("http").Url, TestApplication.Cancellation);
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_container_without_an_integration_answers_at_its_endpoint()
    {
        IResourceBuilder<ContainerResource> cache = _builder.AddContainer("cache", "memcached")
            .WithEndpoint(targetPort: 11211, name: "tcp");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("cache", KnownResourceStates.Running);
        Assert.StartsWith("VERSION ", await AskAsync(cache.GetEndpoint("tcp").Port, "version\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_for_a_server_reaches_it_by_its_name_and_is_told_its_address_and_parameters()
    {
        IResourceBuilder<ParameterResource> answer = _builder.AddParameter("answer", "42");
        IResourceBuilder<PostgresServerResource> postgres = _builder.AddPostgres(
            "pg", password: _builder.AddParameter("password", "not-a-secret", secret: true));
        IResourceBuilder<PostgresDatabaseResource> shop = postgres.AddDatabase("shop");
        _builder.AddContainer("tool", "tool").RunAsMicroVm(vm => vm.Image = TestImages.Postgres).WithEntrypoint("/bin/sh")
            .WithArgs("-c", "export PATH=$PATH:$(echo /usr/lib/postgresql/*/bin); psql -At \"$SHOP_URI\" -c \"SELECT 'answer ' || "
                + "$ANSWER\" && PGPASSWORD=$SHOP_PASSWORD psql -At -h pg -p 5432 -U postgres -c 'SELECT 40 + 3'")
            .WithEnvironment("ANSWER", answer).WithReference(shop).WaitFor(shop);
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        CustomResourceSnapshot ended = await app.WaitForStateAsync("tool", KnownResourceStates.Exited);
        IReadOnlyList<string> log = await app.LogAsync("tool");
        Assert.True(ended.ExitCode == 0, string.Join('\n', log));
        Assert.Contains(log, line => line.EndsWith(" answer 42", StringComparison.Ordinal));
        Assert.Contains(log, line => line.EndsWith(" 43", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_applications_at_once_have_servers_of_their_own()
    {
        IDistributedApplicationBuilder other = TestApplication.CreateBuilder();
        _builder.AddRedis("cache");
        other.AddRedis("cache");
        await using TestApplication one = await TestApplication.StartAsync(_builder);
        await using TestApplication two = await TestApplication.StartAsync(other);
        await one.WaitUntilHealthyAsync("cache");
        await two.WaitUntilHealthyAsync("cache");
        await RedisClient.SetAsync(one, "cache", "one");
        Assert.Null(await RedisClient.GetAsync(two, "cache"));
        Assert.Equal("one", await RedisClient.GetAsync(one, "cache"));
    }

    // Asks until there is an answer: the container has just been started.
    private static async Task<string> AskAsync(int port, string question)
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("localhost", port, TestApplication.Cancellation);
                await using NetworkStream stream = client.GetStream();
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(question), TestApplication.Cancellation);
                using var reader = new StreamReader(stream);
                if (await reader.ReadLineAsync(TestApplication.Cancellation) is { } answer)
                    return answer;
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                // No server listens yet.
            }

            await Task.Delay(100, TestApplication.Cancellation);
        }
    }
}
