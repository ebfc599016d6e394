using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Islet.Aspire.Tests;

/// <summary>The switch, without a machine.</summary>
public sealed class TakeoverTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder();

    [Fact]
    public void What_is_taken_over_is_a_container_for_the_orchestrator_no_more()
    {
        ContainerResource taken = _builder.AddContainer("taken", "image").WithEndpoint(port: 8080, targetPort: 80, name: "web").RunAsMicroVm().Resource;
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
        ContainerResource built = _builder.AddContainer("built", "image").WithDockerfile(".").RunAsMicroVm(vm => vm.Image = "docker-archive:built.tar").Resource;
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

    [Fact]
    public void An_integration_that_would_turn_to_TLS_is_told_not_to_before_it_decides()
    {
        _builder.UseMicroVms();
        ContainerResource container = _builder.AddContainer("box", "image").Resource;
        DistributedApplication app = _builder.Build();
        app.Services.GetRequiredService<MicroVmApplication>().Select();
#pragma warning disable ASPIRECERTIFICATES001 // what integrations look at
        Assert.False(Assert.Single(container.Annotations.OfType<HttpsCertificateAnnotation>()).UseDeveloperCertificate);
    }

    [Fact]
    public void A_certificate_that_was_asked_for_is_refused()
    {
        _builder.AddContainer("box", "image").WithAnnotation(new HttpsCertificateAnnotation { UseDeveloperCertificate = true }).RunAsMicroVm();
#pragma warning restore ASPIRECERTIFICATES001
        var refused = Assert.Throws<DistributedApplicationException>(TakeOver);
        Assert.Contains("WithoutHttpsCertificate", refused.Message, StringComparison.Ordinal);
    }

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
        loggers.Complete("left");
        List<string> log = [];
        await foreach (IReadOnlyList<LogLine> lines in loggers.WatchAsync("left"))
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
        _builder.AddContainer("box", "image").WithAnnotation(new EndpointAnnotation(ProtocolType.Udp, name: "dns", targetPort: 53)).RunAsMicroVm();
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
