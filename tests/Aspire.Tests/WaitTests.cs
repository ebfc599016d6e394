using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Islet.Aspire.Tests;

public sealed class WaitTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.CreateBuilder();

    [Fact]
    public async Task Who_waits_for_a_check_that_turns_healthy_late_starts_after_that()
    {
        bool isHealthy = false;
        _builder.Services.AddHealthChecks()
            .AddCheck("late", () => Volatile.Read(ref isHealthy) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        IResourceBuilder<ContainerResource> first = TestApplication.AddSleeper(_builder, "first").WithHealthCheck("late");
        TestApplication.AddSleeper(_builder, "second").WaitFor(first);
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("first", KnownResourceStates.Running);
        await app.WaitForStateAsync("second", KnownResourceStates.Waiting);
        Assert.DoesNotContain("second Running", app.History);

        Volatile.Write(ref isHealthy, true);
        await app.WaitForStateAsync("second", KnownResourceStates.Running);
        Assert.Equal(["NotStarted", "Starting", "Waiting", "Starting", "Running"], app.StatesOf("second"));
        Assert.True(app.IndexOf("first ResourceReadyEvent") < app.IndexOf("second Running"));
    }

    [Fact]
    public async Task The_start_command_ends_the_wait()
    {
        _builder.Services.AddHealthChecks().AddCheck("never", () => HealthCheckResult.Unhealthy());
        IResourceBuilder<ContainerResource> first = TestApplication.AddSleeper(_builder, "first").WithHealthCheck("never");
        TestApplication.AddSleeper(_builder, "second").WaitFor(first);
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("second", KnownResourceStates.Waiting);

        Assert.True((await app.CommandAsync("second", KnownResourceCommands.StartCommand)).Success);
        await app.WaitForStateAsync("second", KnownResourceStates.Running);
    }

    [Fact]
    public async Task Who_waits_for_what_fails_fails_too()
    {
        IResourceBuilder<ContainerResource> first = _builder.AddContainer("first", "x").WithEntrypoint("/no/such/program");
        TestApplication.AddSleeper(_builder, "second").WaitFor(first);
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("second", KnownResourceStates.FailedToStart);
        Assert.Contains(await app.LogAsync("second"), line => line.Contains("first", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_of_the_host_waits_for_the_exit_of_a_container()
    {
        IResourceBuilder<ContainerResource> job = _builder.AddContainer("job", "debian").WithArgs("true");
        _builder.AddExecutable("after", "/bin/sh", "/", "-c", "echo ran").WaitForCompletion(job);
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("after", KnownResourceStates.Finished);
        Assert.True(app.IndexOf("job Exited") < app.IndexOf("after Running"));
    }
}
