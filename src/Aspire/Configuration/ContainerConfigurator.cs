using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;
using Islet.Aspire.Configuration.Certificates;
using Islet.Aspire.Logging;
using Islet.Aspire.Network;
using Islet.Aspire.Volumes;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Configuration;

/// <summary>Creates a container from the resource's annotations when it starts.</summary>
internal sealed class ContainerConfigurator(
    MicroVm vm, GuestNetwork network, HeldVolumes volumes, DistributedApplicationExecutionContext context, IServiceProvider services,
    ConsoleForwarding console, ILogger log)
{
    public async Task<ContainerDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var resolver = new ValueResolver(vm, context);
        var paths = new CertificatePaths(vm.Resource);
        ContainerConfiguration configuration = await ContainerConfiguration.ResolveAsync(
            vm.Resource, resolver, paths, context, log, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<HostPortBinding> hostPorts = network.Reachable(
            resolver.Endpoints, [.. configuration.Environment.Values, .. configuration.Arguments], vm.Resource);
        await WarnOfEngineArgumentsAsync(cancellationToken).ConfigureAwait(false);

        ContainerBuilder builder = Begin().WithEnvironment(configuration.Environment);
        if (vm.Resource.Entrypoint is { } entrypoint)
            builder = builder.WithEntrypoint(entrypoint);
        if (configuration.Arguments.Count > 0)
            builder = builder.WithCommand(configuration.Arguments);
        foreach (PublishedEndpoint endpoint in vm.Endpoints)
            builder = builder.WithPort(endpoint.TargetPort, endpoint.HostPort.Number);
        foreach (HostPortBinding port in hostPorts)
            builder = builder.WithHostPort(port.Name, port.Port, port.HostPort);
        builder = await AddFilesAsync(builder, configuration, paths, cancellationToken).ConfigureAwait(false);
        return new ContainerDescription
        {
            Builder = vm.Options.Configure?.Invoke(builder) ?? builder,
            Environment = configuration.Environment,
            Arguments = configuration.Arguments,
            ShownArguments = configuration.ShownArguments,
            HostPorts = hostPorts,
            Fingerprint = ContainerDescription.FingerprintOf(vm, configuration.Environment, configuration.Arguments, hostPorts),
        };
    }

    // Later files overwrite earlier ones: the resource's own files come last.
    private async Task<ContainerBuilder> AddFilesAsync(
        ContainerBuilder builder, ContainerConfiguration configuration, CertificatePaths paths, CancellationToken cancellationToken)
    {
        builder = volumes.AddTo(builder);
        builder = BindMounts.Add(builder, vm.Resource, log);
        var certificates = new CertificateFiles(vm.Resource, paths);
        builder = await certificates.AddAsync(builder, configuration, cancellationToken).ConfigureAwait(false);
        var files = new ContainerFiles(vm.Resource, services, certificates.Describe(configuration.Https), log);
        return await files.AddAsync(builder, cancellationToken).ConfigureAwait(false);
    }

    private ContainerBuilder Begin()
    {
        bool startsWarm = vm.StartsWarm && volumes.IsEmpty;
        if (vm.StartsWarm && !startsWarm)
            log.WarmStartIgnored();
        ContainerBuilder builder = new ContainerBuilder(vm.Image)
            .WithName(vm.Resource.Annotations.OfType<ContainerNameAnnotation>().LastOrDefault()?.Name ?? vm.Resource.Name)
            .WithPullPolicy(
                ToPullPolicy(vm.Resource.Annotations.OfType<ContainerImagePullPolicyAnnotation>().LastOrDefault()?.ImagePullPolicy))
            .WaitUntil(startsWarm ? Readiness.Healthy(vm, services, console) : Readiness.Started)

            // No limit: Aspire has no deadline for a container to become ready.
            .WithReadyTimeout(Timeout.InfiniteTimeSpan);
        if (vm.Options.Memory is { } memory)
            builder = builder.WithMemory(memory);
        if (vm.Options.Cpus is { } cpus)
            builder = builder.WithCpus(cpus);
        if (startsWarm)
            builder = builder.WithWarmStart();

        // A persistent container ends with a checkpoint, which then need not write the memory.
        return vm.IsPersistent ? builder.WithCheckpoints() : builder;
    }

    private async Task WarnOfEngineArgumentsAsync(CancellationToken cancellationToken)
    {
        List<object> arguments = [];
        var callbacks = new ContainerRuntimeArgsCallbackContext(arguments, cancellationToken);
        foreach (ContainerRuntimeArgsCallbackAnnotation annotation in vm.Resource.Annotations
            .OfType<ContainerRuntimeArgsCallbackAnnotation>().ToArray())
            await annotation.Callback(callbacks).ConfigureAwait(false);
        if (arguments.Count > 0)
            log.EngineArgumentsIgnored(string.Join(' ', arguments));
    }

    private static PullPolicy ToPullPolicy(ImagePullPolicy? policy) => policy switch
    {
        ImagePullPolicy.Always => PullPolicy.Always,
        ImagePullPolicy.Never => PullPolicy.Never,
        _ => PullPolicy.Missing,
    };
}
