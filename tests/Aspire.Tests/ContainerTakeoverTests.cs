using System.Net.Sockets;
using Islet.Aspire.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Islet.Aspire.Tests;

/// <summary>The takeover of containers, without a machine.</summary>
public sealed class ContainerTakeoverTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder();

    [Fact]
    public void What_is_taken_over_is_a_container_for_the_orchestrator_no_more()
    {
        ContainerResource taken = _builder.AddContainer("taken", "image")
            .WithEndpoint(port: 8080, targetPort: 80, name: "web").RunAsMicroVm().Resource;
        ContainerResource left = _builder.AddContainer("left", "image").Resource;
        TakeOver();

        Assert.False(taken.IsContainer());
        Assert.True(left.IsContainer());
        EndpointAnnotation endpoint = Assert.Single(taken.Annotations.OfType<EndpointAnnotation>());
        Assert.Equal((false, 80, 80), (endpoint.IsProxied, endpoint.Port, endpoint.TargetPort));
    }

    [Fact]
    public void A_filter_says_which_containers_and_what_it_configures_holds()
    {
        _builder.UseMicroVms(container => container.Name != "left", (_, vm) => vm.Cpus = 3);
        ContainerResource taken = _builder.AddContainer("taken", "image").Resource;
        ContainerResource left = _builder.AddContainer("left", "image").Resource;
        TakeOver();

        Assert.False(taken.IsContainer());
        Assert.Equal(3, Assert.Single(taken.Annotations.OfType<MicroVmAnnotation>()).Options.Cpus);
        Assert.True(left.IsContainer());
    }

    [Fact]
    public void A_container_from_a_Dockerfile_is_refused_with_what_to_do()
    {
        _builder.AddContainer("built", "image").WithDockerfile(".").RunAsMicroVm();
        var refused = Assert.Throws<DistributedApplicationException>(TakeOver);
        Assert.Contains("docker save", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'built'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_from_a_Dockerfile_may_run_from_an_image_that_was_built_before()
    {
        ContainerResource built = _builder.AddContainer("built", "image")
            .WithDockerfile(".").RunAsMicroVm(vm => vm.Image = "docker-archive:built.tar").Resource;
        TakeOver();
        Assert.False(built.IsContainer());
    }

    [Fact]
    public void An_emulator_is_left_to_the_engine()
    {
        _builder.UseMicroVms();
        ContainerResource emulator = _builder.AddContainer("storage", "azurite").WithAnnotation(new EmulatorResourceAnnotation()).Resource;
        TakeOver();
        Assert.True(emulator.IsContainer());
    }

    [Fact]
    public void An_emulator_that_is_named_is_refused()
    {
        _builder.AddContainer("storage", "azurite").WithAnnotation(new EmulatorResourceAnnotation()).RunAsMicroVm();
        var refused = Assert.Throws<DistributedApplicationException>(TakeOver);
        Assert.Contains("emulator", refused.Message, StringComparison.Ordinal);
    }

#pragma warning disable ASPIREPERSISTENCE001, ASPIRETERMINAL001 // as an AppHost calls them
    [Fact]
    public void A_lifetime_is_persistent_however_that_is_said()
    {
        IResourceBuilder<ContainerResource> persistent = _builder.AddContainer("a", "image").WithPersistentLifetime();
        Assert.Equal(new StateLifetime(true), StateLifetime.Of(persistent.Resource));
        Assert.Equal(new StateLifetime(true), StateLifetime.Of(_builder.AddContainer("b", "image").WithLifetimeOf(persistent).Resource));
        Assert.Equal(new StateLifetime(true), StateLifetime.Of(
            _builder.AddContainer("c", "image").WithLifetime(ContainerLifetime.Persistent).Resource));
        Assert.Equal(new StateLifetime(false), StateLifetime.Of(_builder.AddContainer("d", "image").WithSessionLifetime().Resource));
        Assert.Equal(new StateLifetime(false), StateLifetime.Of(_builder.AddContainer("e", "image").Resource));
    }

    [Fact]
    public void A_lifetime_that_is_a_processes_names_the_process()
    {
        StateLifetime lifetime = StateLifetime.Of(
            _builder.AddContainer("box", "image").WithParentProcessLifetime(Environment.ProcessId).Resource);
        Assert.True(lifetime.IsPersistent);
        Assert.StartsWith($"{Environment.ProcessId} ", lifetime.ParentProcess, StringComparison.Ordinal);
    }

    [Fact]
    public void Lifetimes_of_one_another_are_refused()
    {
        IResourceBuilder<ContainerResource> one = _builder.AddContainer("one", "image"), two = _builder.AddContainer("two", "image");
        one.WithLifetimeOf(two).RunAsMicroVm();
        two.WithLifetimeOf(one);
        Assert.Contains("lifetime", Assert.Throws<DistributedApplicationException>(TakeOver).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_is_refused()
    {
        _builder.AddContainer("box", "image").WithTerminal().RunAsMicroVm();
        Assert.Contains("WithTerminal", Assert.Throws<DistributedApplicationException>(TakeOver).Message, StringComparison.Ordinal);
    }
#pragma warning restore ASPIREPERSISTENCE001, ASPIRETERMINAL001

    [Theory]
    [InlineData(null, true)]
    [InlineData("false", false)]
    public async Task A_container_left_to_the_engine_that_refers_to_a_micro_vm_is_warned_of(string? tunnel, bool isWarned)
    {
        _builder.Configuration["ASPIRE_ENABLE_CONTAINER_TUNNEL"] = tunnel;
        IResourceBuilder<PostgresServerResource> postgres = _builder.AddPostgres("pg").RunAsMicroVm();
        _builder.AddContainer("left", "image").WithReference(postgres.AddDatabase("shop"));
        DistributedApplication app = TakeOver();
        var loggers = app.Services.GetRequiredService<ResourceLoggerService>();

        // The log exists once it was requested, and can be completed only then.
        _ = loggers.GetLogger("left");
        loggers.Complete("left");
        List<string> log = [];
        await foreach (IReadOnlyList<global::Aspire.Hosting.ApplicationModel.LogLine> lines in loggers.WatchAsync("left"))
            log.AddRange(lines.Select(line => line.Content));
        Assert.Equal(isWarned, log.Any(line => line.Contains("ASPIRE_ENABLE_CONTAINER_TUNNEL=false", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_endpoint_without_a_port_is_refused()
    {
        _builder.AddContainer("box", "image").WithEndpoint(name: "nowhere").RunAsMicroVm();
        var refused = Assert.Throws<DistributedApplicationException>(TakeOver);
        Assert.Contains("\"nowhere\" without a target port", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endpoint_over_UDP_is_refused()
    {
        _builder.AddContainer("box", "image")
            .WithAnnotation(new EndpointAnnotation(ProtocolType.Udp, name: "dns", targetPort: 53)).RunAsMicroVm();
        var refused = Assert.Throws<DistributedApplicationException>(TakeOver);
        Assert.Contains("only TCP", refused.Message, StringComparison.Ordinal);
    }

    private DistributedApplication TakeOver()
    {
        DistributedApplication app = _builder.Build();
        app.Services.GetRequiredService<MicroVmApplication>().TakeOver();
        return app;
    }
}
