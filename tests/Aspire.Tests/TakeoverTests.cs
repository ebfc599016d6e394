using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Islet.Aspire.Tests;

/// <summary>The switch, without a machine.</summary>
public sealed class TakeoverTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder();

    [Fact]
    public async Task What_is_taken_over_is_a_container_for_the_orchestrator_no_more()
    {
        ContainerResource taken = _builder.AddContainer("taken", "image").WithEndpoint(port: 8080, targetPort: 80, name: "web").RunAsMicroVm().Resource;
        ContainerResource left = _builder.AddContainer("left", "image").Resource;
        await PublishBeforeStartAsync();

        Assert.False(taken.IsContainer());
        Assert.True(left.IsContainer());
        EndpointAnnotation endpoint = Assert.Single(taken.Annotations.OfType<EndpointAnnotation>());
        Assert.Equal((false, 80, 80), (endpoint.IsProxied, endpoint.Port, endpoint.TargetPort));
    }

    [Fact]
    public async Task A_filter_says_which_containers_and_what_it_configures_holds()
    {
        _builder.UseMicroVms(container => container.Name != "left", (_, vm) => vm.Cpus = 3);
        ContainerResource taken = _builder.AddContainer("taken", "image").Resource;
        ContainerResource left = _builder.AddContainer("left", "image").Resource;
        await PublishBeforeStartAsync();

        Assert.False(taken.IsContainer());
        Assert.Equal(3, Assert.Single(taken.Annotations.OfType<MicroVmAnnotation>()).Options.Cpus);
        Assert.True(left.IsContainer());
    }

    [Fact]
    public async Task A_container_from_a_Dockerfile_is_refused_with_what_to_do()
    {
        _builder.AddContainer("built", "image").WithDockerfile(".").RunAsMicroVm();
        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(PublishBeforeStartAsync);
        Assert.Contains("docker save", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'built'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_from_a_Dockerfile_may_run_from_an_image_that_was_built_before()
    {
        ContainerResource built = _builder.AddContainer("built", "image").WithDockerfile(".").RunAsMicroVm(vm => vm.Image = "docker-archive:built.tar").Resource;
        await PublishBeforeStartAsync();
        Assert.False(built.IsContainer());
    }

    [Fact]
    public async Task An_emulator_is_left_to_the_engine_and_refused_where_it_is_named()
    {
        _builder.UseMicroVms();
        IResourceBuilder<ContainerResource> emulator = _builder.AddContainer("storage", "azurite").WithAnnotation(new EmulatorResourceAnnotation());
        await PublishBeforeStartAsync();
        Assert.True(emulator.Resource.IsContainer());

        emulator.RunAsMicroVm();
        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(PublishBeforeStartAsync);
        Assert.Contains("emulator", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("false", false)]
    public async Task A_container_left_to_the_engine_that_refers_to_a_micro_vm_is_warned_of(string? tunnel, bool isWarned)
    {
        _builder.Configuration["ASPIRE_ENABLE_CONTAINER_TUNNEL"] = tunnel;
        IResourceBuilder<PostgresServerResource> postgres = _builder.AddPostgres("pg").RunAsMicroVm();
        _builder.AddContainer("left", "image").WithReference(postgres.AddDatabase("shop"));
        DistributedApplication app = await PublishBeforeStartAsync();
        var loggers = app.Services.GetRequiredService<ResourceLoggerService>();
        loggers.Complete("left");
        List<string> log = [];
        await foreach (IReadOnlyList<LogLine> lines in loggers.WatchAsync("left"))
            log.AddRange(lines.Select(line => line.Content));
        Assert.Equal(isWarned, log.Any(line => line.Contains("ASPIRE_ENABLE_CONTAINER_TUNNEL=false", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_endpoint_over_UDP_or_without_a_port_is_refused()
    {
        _builder.AddContainer("box", "image").WithEndpoint(name: "nowhere").RunAsMicroVm();
        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(PublishBeforeStartAsync);
        Assert.Contains("\"nowhere\" without a target port", refused.Message, StringComparison.Ordinal);
    }

    private async Task<DistributedApplication> PublishBeforeStartAsync()
    {
        DistributedApplication app = _builder.Build();
        app.Services.GetRequiredService<MicroVmApplication>().TakeOver();
        await Task.CompletedTask;
        return app;
    }
}
