using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Islet.Aspire.Tests;

public sealed class LifecycleTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.CreateBuilder();

    [Fact]
    public async Task A_start_and_a_stop_have_the_states_and_events_of_a_container_in_their_order()
    {
        TestApplication.AddSleeper(_builder, "box").WithEndpoint(targetPort: 80, name: "tcp");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitUntilHealthyAsync("box");
        await app.LogUntilAsync("box", line => line.EndsWith("asleep", StringComparison.Ordinal));
        Assert.True((await app.CommandAsync("box", KnownResourceCommands.StopCommand)).Success);
        await app.WaitForHistoryAsync("box Exited");
        await app.WaitForHistoryAsync("box ResourceStoppedEvent");

        Assert.Equal(
            ["NotStarted", "Starting", "Running", "Stopping", "Exited"], app.StatesOf("box"));
        Assert.Equal(
            ["ResourceEndpointsAllocatedEvent", "BeforeResourceStartedEvent", "ResourceReadyEvent", "ResourceStoppedEvent"],
            app.EventsOf("box"));
        CustomResourceSnapshot stopped = app.Snapshot("box");
        Assert.Equal(TestApplication.SleeperExitCode, stopped.ExitCode);
        Assert.NotNull(stopped.StopTimeStamp);
        Assert.All(stopped.Urls, url => Assert.True(url.IsInactive));
    }

    [Fact]
    public async Task What_runs_shows_its_image_machine_variables_and_urls()
    {
        TestApplication.AddSleeper(_builder, "box").WithEnvironment("COLOUR", "blue").WithEndpoint(targetPort: 80, name: "tcp");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        CustomResourceSnapshot snapshot = await app.WaitForStateAsync("box", KnownResourceStates.Running);

        Assert.Equal("Container", snapshot.ResourceType);
        Assert.Contains(snapshot.EnvironmentVariables, variable => variable is { Name: "COLOUR", Value: "blue", IsFromSpec: true });
        Assert.False(Assert.Single(snapshot.Urls).IsInactive);
        Assert.Equal("debian:latest", app.Property("box", "container.image"));
        Assert.Equal("512 MiB", app.Property("box", "microvm.memory"));
        Assert.Contains(app.Property("box", "microvm.backend"), (string?[])["KVM", "TCG"]);
        Assert.Matches(@"^\d+ ms \(image \d+ ms, ", app.Property("box", "microvm.boot"));
        Assert.Matches(@"^127\.0\.0\.1:\d+ -> 80$", app.Property("box", "microvm.address"));
    }

    [Fact]
    public async Task A_restart_is_a_new_machine_at_the_same_port()
    {
        TestApplication.AddSleeper(_builder, "box").WithEndpoint(targetPort: 80, name: "tcp");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        CustomResourceSnapshot first = await app.WaitForStateAsync("box", KnownResourceStates.Running);
        string? machine = app.Property("box", "microvm.process");

        Assert.True((await app.CommandAsync("box", KnownResourceCommands.RestartCommand)).Success);
        await app.WaitForHistoryAsync("box Running", times: 2);
        Assert.Equal(["NotStarted", "Starting", "Running", "Stopping", "Exited", "Starting", "Running"], app.StatesOf("box"));
        Assert.NotEqual(machine, app.Property("box", "microvm.process"));
        Assert.Equal(first.Urls, app.Snapshot("box").Urls);
        Assert.Null(app.Snapshot("box").ExitCode);
    }

    [Fact]
    public async Task What_starts_explicitly_waits_for_the_command()
    {
        TestApplication.AddSleeper(_builder, "box").WithExplicitStart();
        TestApplication.AddSleeper(_builder, "other");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("other", KnownResourceStates.Running);
        Assert.Equal("NotStarted", app.Snapshot("box").State?.Text);
        Assert.Equal(ResourceCommandState.Enabled, StateOf(app, KnownResourceCommands.StartCommand));
        Assert.Equal(ResourceCommandState.Hidden, StateOf(app, KnownResourceCommands.StopCommand));

        Assert.True((await app.CommandAsync("box", KnownResourceCommands.StartCommand)).Success);
        await app.WaitForStateAsync("box", KnownResourceStates.Running);
        Assert.Equal(ResourceCommandState.Hidden, StateOf(app, KnownResourceCommands.StartCommand));
        Assert.Equal(ResourceCommandState.Enabled, StateOf(app, KnownResourceCommands.StopCommand));
    }

    [Fact]
    public async Task A_container_that_ends_by_itself_is_Exited_with_its_code_and_its_last_line()
    {
        _builder.AddContainer("job", "debian").WithEntrypoint("/bin/sh").WithArgs("-c", "echo done; echo oh >&2; exit 7");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        CustomResourceSnapshot ended = await app.WaitForStateAsync("job", KnownResourceStates.Exited);
        await app.WaitForHistoryAsync("job ResourceStoppedEvent");

        Assert.Equal(7, ended.ExitCode);
        IReadOnlyList<string> log = await app.LogAsync("job");
        Assert.Contains(log, line => line.EndsWith(" done", StringComparison.Ordinal));
        Assert.Contains(log, line => line.EndsWith(" oh", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_machine_that_crashes_is_an_exit_with_a_code_the_console_in_the_log_and_the_event()
    {
        TestApplication.AddSleeper(_builder, "box");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Running);
        using (Process machine = Process.GetProcessById(int.Parse(app.Property("box", "microvm.process")!, CultureInfo.InvariantCulture)))
            machine.Kill();

        CustomResourceSnapshot ended = await app.WaitForStateAsync("box", KnownResourceStates.Exited);
        await app.WaitForHistoryAsync("box ResourceStoppedEvent");
        Assert.Equal(137, ended.ExitCode);
        Assert.Contains(await app.LogAsync("box"), line => line.Contains("has ended without having been asked", StringComparison.Ordinal));

        Assert.True((await app.CommandAsync("box", KnownResourceCommands.StartCommand)).Success);
        await app.WaitForHistoryAsync("box Running", times: 2);
    }

    [Fact]
    public async Task An_image_that_does_not_exist_is_FailedToStart_and_the_log_says_why()
    {
        _builder.AddContainer("box", "x").RunAsMicroVm(vm => vm.Image = "oci:/no/such/layout:latest");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.FailedToStart);

        Assert.Contains(await app.LogAsync("box"), line => line.Contains("/no/such/layout", StringComparison.Ordinal));
        Assert.Equal(["NotStarted", "Starting", "FailedToStart"], app.StatesOf("box"));
        Assert.Equal(ResourceCommandState.Enabled, StateOf(app, KnownResourceCommands.StartCommand));
        ExecuteCommandResult again = await app.CommandAsync("box", KnownResourceCommands.StartCommand);
        Assert.Contains("/no/such/layout", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_does_not_exist_is_FailedToStart_and_the_log_has_the_console()
    {
        _builder.AddContainer("box", "debian").WithEntrypoint("/no/such/program")
            .RunAsMicroVm(vm => vm.Configure = container => container.WithKernelArguments("loglevel=7"));
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.FailedToStart);

        string log = string.Join('\n', await app.LogAsync("box"));
        Assert.Contains("/no/such/program", log, StringComparison.Ordinal);


        // These are lines of the boot, even if the machine was restored from a template: the template's console output is kept.
        Assert.Contains("last console lines", log, StringComparison.Ordinal);
        Assert.Contains("Run /init as init process", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_cancels_a_start_that_waits_and_a_later_start_starts()
    {
        bool isHealthy = false;
        _builder.Services.AddHealthChecks()
            .AddCheck("late", () => Volatile.Read(ref isHealthy) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        IResourceBuilder<ContainerResource> first = TestApplication.AddSleeper(_builder, "first").WithHealthCheck("late");
        TestApplication.AddSleeper(_builder, "box").WaitFor(first);
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Waiting);

        Assert.True((await app.CommandAsync("box", KnownResourceCommands.StopCommand)).Success);
        await app.WaitForHistoryAsync("box Exited");
        await app.WaitForHistoryAsync("box ResourceStoppedEvent");
        Assert.Equal(["NotStarted", "Starting", "Waiting", "Exited"], app.StatesOf("box"));
        Volatile.Write(ref isHealthy, true);
        Assert.True((await app.CommandAsync("box", KnownResourceCommands.StartCommand)).Success);
        await app.WaitForHistoryAsync("box Running");
    }

    [Fact]
    public async Task A_warm_start_is_heard_while_its_health_check_fails_and_a_stop_cancels_it()
    {
        _builder.Services.AddHealthChecks().AddCheck("never", () => HealthCheckResult.Unhealthy());
        TestApplication.AddSleeper(_builder, "box").WithHealthCheck("never").WithWarmStart();
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.LogUntilAsync("box", line => line.EndsWith("asleep", StringComparison.Ordinal));
        Assert.Equal(KnownResourceStates.Starting, app.Snapshot("box").State?.Text);

        Assert.True((await app.CommandAsync("box", KnownResourceCommands.StopCommand)).Success);
        await app.WaitForHistoryAsync("box Exited");
        Assert.Equal(["NotStarted", "Starting", "Exited"], app.StatesOf("box"));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_FailedToStart_and_named()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        int port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        TestApplication.AddSleeper(_builder, "box").WithEndpoint(port: port, targetPort: 80, name: "tcp");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.FailedToStart);
        Assert.Contains(
            await app.LogAsync("box"), line => line.Contains(port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_end_of_the_application_is_the_end_of_its_machines()
    {
        TestApplication.AddSleeper(_builder, "box");
        int machine;
        await using (TestApplication app = await TestApplication.StartAsync(_builder))
        {
            await app.WaitForStateAsync("box", KnownResourceStates.Running);
            machine = int.Parse(app.Property("box", "microvm.process")!, CultureInfo.InvariantCulture);
            Assert.True(Directory.Exists($"/proc/{machine}"));
        }

        Assert.False(Directory.Exists($"/proc/{machine}"));
    }

    private static ResourceCommandState StateOf(TestApplication app, string command) =>
        app.Snapshot("box").Commands.Single(snapshot => snapshot.Name == command).State;
}
