using System.Net.Http.Headers;
using System.Text;
using Islet.Modules.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Islet.Modules.Tests.RabbitMq;

public sealed class RabbitMqFixture : ModuleFixture<RabbitMqContainer>
{
    protected override Task<RabbitMqContainer> StartAsync(ContainerRuntime runtime) => new RabbitMqBuilder(TestRuntime.Image("rabbitmq"))
        .WithVirtualHost("a/b").WithConfiguration("50-test.conf", "channel_max = 17\n").WithTls().WithManagement()
        .StartAsync(runtime);
}

public sealed class RabbitMqTests(RabbitMqFixture fixture) : IClassFixture<RabbitMqFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_goes_through_a_queue_over_tls_with_the_brokers_own_certificate()
    {
        RabbitMqContainer rabbitMq = await fixture.GetAsync();
        await using IConnection connection = await Factory(rabbitMq, rabbitMq.GetConnectionString()).CreateConnectionAsync(Cancelled);
        Assert.Equal(17, connection.ChannelMax);

        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
        QueueDeclareOk queue = await channel.QueueDeclareAsync(cancellationToken: Cancelled);
        await channel.BasicPublishAsync("", queue.QueueName, "hello"u8.ToArray(), Cancelled);
        BasicGetResult? message = await channel.BasicGetAsync(queue.QueueName, autoAck: true, Cancelled);
        Assert.Equal("hello", Encoding.UTF8.GetString(Assert.IsType<BasicGetResult>(message).Body.Span));
    }

    [Fact]
    public async Task The_password_is_the_caches_own_and_another_one_is_refused()
    {
        RabbitMqContainer rabbitMq = await fixture.GetAsync();
        Assert.Equal(TestRuntime.Instance.DeriveSecret("RabbitMQ/password"), rabbitMq.Password);
        string wrong = rabbitMq.GetConnectionString().Replace(rabbitMq.Password, "wrong", StringComparison.Ordinal);
        BrokerUnreachableException refused = await Assert.ThrowsAsync<BrokerUnreachableException>(
            () => Factory(rabbitMq, wrong).CreateConnectionAsync(Cancelled));
        Assert.IsType<AuthenticationFailureException>(refused.InnerException);
    }

    [Fact]
    public async Task The_wait_for_it_leaves_no_complaint_about_a_client_in_its_log()
    {
        RabbitMqContainer rabbitMq = await fixture.GetAsync();
        Assert.Contains("accepting AMQP connection", rabbitMq.ReadOutput(OutputStreams.Stdout), StringComparison.Ordinal);
        Assert.DoesNotContain("unexpectedly", rabbitMq.ReadOutput(OutputStreams.Stdout), StringComparison.Ordinal);
        Assert.DoesNotContain("handshake", rabbitMq.ReadOutput(OutputStreams.Stdout), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_management_plugin_lets_the_administrator_in_over_http()
    {
        RabbitMqContainer rabbitMq = await fixture.GetAsync();
        using var client = new HttpClient { BaseAddress = rabbitMq.GetManagementAddress() };
        string credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{rabbitMq.Username}:{rabbitMq.Password}"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        Assert.Contains("\"name\":\"a/b\"", await client.GetStringAsync("/api/vhosts", Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_is_found_by_rabbitmqctl_although_its_hostname_is_another()
    {
        RabbitMqContainer rabbitMq = await fixture.GetAsync();
        await using RabbitMqContainer fork = await rabbitMq.ForkAsync(Cancelled);
        Assert.NotEqual(rabbitMq.ContainerHostname, fork.ContainerHostname);
        Assert.Contains("a/b", await fork.ExecControlAsync(["list_vhosts"], Cancelled), StringComparison.Ordinal);
    }

    private static ConnectionFactory Factory(RabbitMqContainer rabbitMq, string uri)
    {
        var factory = new ConnectionFactory { Uri = new Uri(uri), RequestedConnectionTimeout = TimeSpan.FromSeconds(60) };
        factory.Ssl.CertificateValidationCallback = rabbitMq.Certificate!.Validate;
        factory.ContinuationTimeout = factory.HandshakeContinuationTimeout = TimeSpan.FromSeconds(60);
        return factory;
    }
}
