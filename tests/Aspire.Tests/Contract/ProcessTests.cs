using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Islet.Aspire.Tests.Contract;

public sealed class ProcessTests
{
    private readonly IDistributedApplicationBuilder _builder = ModelRun.CreateBuilder();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_come_in_the_order_of_a_life()
    {
        List<string> events = [];
        IResourceBuilder<ExecutableResource> service = _builder.AddShell("service", "exec sleep 1000").WithHttpEndpoint();
        Note<BeforeStartEvent>();
        Note<ResourceEndpointsAllocatedEvent>();
        Note<BeforeResourceStartedEvent>();
        Note<AfterResourcesCreatedEvent>();
        Note<ResourceStoppedEvent>();
        await using DistributedApplication app = _builder.Build();

        await app.StartAsync(Cancellation);
        await app.StopAsync(Cancellation);

        Assert.Equal(
            ["BeforeStartEvent", "ResourceEndpointsAllocatedEvent", "BeforeResourceStartedEvent", "AfterResourcesCreatedEvent", "ResourceStoppedEvent"],
            events);
        Assert.Equal(KnownResourceStates.Exited, app.Snapshot(service.Resource.Name).State?.Text);

        void Note<T>()
            where T : IDistributedApplicationEvent =>
            _builder.Eventing.Subscribe<T>((_, _) =>
            {
                events.Add(typeof(T).Name);
                return Task.CompletedTask;
            });
    }

    [Fact]
    public async Task Every_resource_is_told_to_initialize_before_any_process_starts()
    {
        var initialized = new TaskCompletionSource();
        _builder.AddShell("service", "true");
        _builder.AddParameter("name", "value").OnInitializeResource((_, _, _) =>
        {
            initialized.SetResult();
            return Task.CompletedTask;
        });
        _builder.Eventing.Subscribe<BeforeResourceStartedEvent>((_, _) => initialized.Task);
        await using DistributedApplication app = _builder.Build();

        await app.StartAsync(Cancellation);

        Assert.True(initialized.Task.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_process_is_told_its_port_and_those_that_reference_it_too()
    {
        EndpointReference endpoint = _builder.AddShell("service", "echo listen=$PORT").WithHttpEndpoint(env: "PORT").GetEndpoint("http");
        _builder.AddShell("client", "echo connect=$services__service__http__0 $SERVICE_HTTP").WithReference(endpoint);
        await using DistributedApplication app = _builder.Build();

        await app.StartAsync(Cancellation);

        Assert.Contains($"listen={endpoint.Port}\n", await app.ReadLogAsync("service", log => log.Contains('\n')), StringComparison.Ordinal);
        Assert.Contains(
            $"connect=http://localhost:{endpoint.Port} http://localhost:{endpoint.Port}\n",
            await app.ReadLogAsync("client", log => log.Contains('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_ends_by_itself_is_finished_with_its_code()
    {
        _builder.AddShell("job", "exit 3");
        await using DistributedApplication app = _builder.Build();

        await app.StartAsync(Cancellation);
        await app.ResourceNotifications.WaitForResourceAsync("job", KnownResourceStates.Finished, Cancellation);

        Assert.Equal(3, app.Snapshot("job").ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_to_start_with_the_reason_in_its_log()
    {
        _builder.AddExecutable("service", "/nowhere/program", "/");
        await using DistributedApplication app = _builder.Build();

        await app.StartAsync(Cancellation);

        Assert.Equal(KnownResourceStates.FailedToStart, app.Snapshot("service").State?.Text);
        Assert.Contains("/nowhere/program", await app.ReadLogAsync("service", log => log.Contains('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_for_a_resource_starts_once_it_is_healthy_and_its_handlers_have_ended()
    {
        bool isUp = false;
        List<string> order = [];
        _builder.Services.AddHealthChecks().AddCheck("up", () => isUp ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        IResourceBuilder<ExecutableResource> server = _builder.AddShell("server", "exec sleep 1000").WithHealthCheck("up")
            .OnResourceReady((_, _, _) => Note("ready"));
        _builder.AddShell("client", "exec sleep 1000").WaitFor(server).OnBeforeResourceStarted((_, _, _) => Note("before the wait"));
        await using DistributedApplication app = _builder.Build();

        Task start = app.StartAsync(Cancellation);
        await app.ResourceNotifications.WaitForResourceAsync("client", KnownResourceStates.Waiting, Cancellation);
        Assert.False(start.IsCompleted);
        isUp = true;
        await start;

        Assert.Equal(["before the wait", "ready"], order.Order());
        Assert.Equal(KnownResourceStates.Running, app.Snapshot("client").State?.Text);
        Assert.Equal(HealthStatus.Healthy, app.Snapshot("server").HealthStatus);

        Task Note(string what)
        {
            lock (order)
                order.Add(what);

            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Who_waits_for_a_resource_that_ends_fails_to_start()
    {
        IResourceBuilder<ExecutableResource> server = _builder.AddExecutable("server", "/nowhere/program", "/");
        _builder.AddShell("client", "true").WaitFor(server);
        await using DistributedApplication app = _builder.Build();

        await app.StartAsync(Cancellation);

        Assert.Equal(KnownResourceStates.FailedToStart, app.Snapshot("client").State?.Text);
    }

    [Fact]
    public async Task Who_waits_for_completion_starts_after_the_expected_code()
    {
        IResourceBuilder<ExecutableResource> migration = _builder.AddShell("migration", "exit 4");
        _builder.AddShell("service", "exec sleep 1000").WaitForCompletion(migration, exitCode: 4);
        await using DistributedApplication app = _builder.Build();

        await app.StartAsync(Cancellation);

        Assert.Equal(KnownResourceStates.Running, app.Snapshot("service").State?.Text);
    }

    [Fact]
    public async Task What_starts_explicitly_starts_on_command_stops_and_starts_again()
    {
        _builder.AddShell("tool", "exec sleep 1000").WithExplicitStart();
        await using DistributedApplication app = _builder.Build();

        await app.StartAsync(Cancellation);
        Assert.Equal(KnownResourceStates.NotStarted, app.Snapshot("tool").State?.Text);

        foreach ((string command, string state) in ((string, string)[])[("start", "Running"), ("stop", "Exited"), ("start", "Running"), ("restart", "Running")])
        {
            ExecuteCommandResult result = await app.ResourceCommands.ExecuteCommandAsync("tool", command, Cancellation);
            Assert.True(result.Success, result.ErrorMessage);
            Assert.Equal((command, state), (command, app.Snapshot("tool").State?.Text));
        }
    }

    [Fact]
    public async Task The_start_command_ends_a_wait()
    {
        IResourceBuilder<ExecutableResource> server = _builder.AddShell("server", "true").WithExplicitStart();
        _builder.AddShell("client", "exec sleep 1000").WaitFor(server);
        await using DistributedApplication app = _builder.Build();

        Task start = app.StartAsync(Cancellation);
        await app.ResourceNotifications.WaitForResourceAsync("client", KnownResourceStates.Waiting, Cancellation);
        await app.ResourceCommands.ExecuteCommandAsync("client", KnownResourceCommands.StartCommand, Cancellation);
        await start;

        Assert.Equal(KnownResourceStates.Running, app.Snapshot("client").State?.Text);
    }

    [Fact]
    public async Task A_container_that_nothing_has_taken_over_keeps_the_model_from_starting()
    {
        _builder.AddContainer("cache", "redis");
        await using DistributedApplication app = _builder.Build();

        DistributedApplicationException exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(Cancellation));

        Assert.Contains("cache", exception.Message, StringComparison.Ordinal);
    }
}
