using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Lives;
using Islet.Aspire.Network;
using Islet.Containers;
using Islet.Images;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Starts;

/// <summary>Makes a container of what the resource's annotations say, at the moment it starts.</summary>
internal sealed class ContainerDescriber(MicroVm vm, Surroundings around, ILogger log)
{
    public async Task<ContainerDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var resolver = new ValueResolver(vm, around.Context);
        Dictionary<string, string> environment = await EnvironmentAsync(resolver, cancellationToken).ConfigureAwait(false);
        List<string> arguments = await ArgumentsAsync(resolver, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<HostPortBinding> hostPorts = around.Network.Reachable(
            resolver.Endpoints, [.. environment.Values, .. arguments], vm.Resource);
        await WarnOfEngineArgumentsAsync(cancellationToken).ConfigureAwait(false);

        ContainerBuilder builder = Begin().WithEnvironment(environment);
        if (vm.Resource.Entrypoint is { } entrypoint)
            builder = builder.WithEntrypoint(entrypoint);
        if (arguments.Count > 0)
            builder = builder.WithCommand(arguments);
        foreach (PublishedEndpoint endpoint in vm.Endpoints)
            builder = builder.WithPort(endpoint.TargetPort, endpoint.HostPort.Number);
        foreach (HostPortBinding port in hostPorts)
            builder = builder.WithHostPort(port.Name, port.Port, port.HostPort);
        builder = ContainerMounts.Add(builder, vm.Resource, log);
        builder = await new ContainerFiles(vm.Resource, around.Services, log).AddAsync(builder, cancellationToken).ConfigureAwait(false);
        return new ContainerDescription
        {
            Builder = vm.Options.Configure?.Invoke(builder) ?? builder,
            Environment = environment,
            Arguments = arguments,
            HostPorts = hostPorts,
            Fingerprint = ContainerDescription.FingerprintOf(vm, environment, arguments, hostPorts),
        };
    }

    private ContainerBuilder Begin()
    {
        ContainerBuilder builder = new ContainerBuilder(vm.Image)
            .WithName(vm.Resource.Annotations.OfType<ContainerNameAnnotation>().LastOrDefault()?.Name ?? vm.Resource.Name)
            .WithPullPolicy(ToPullPolicy(vm.Resource.Annotations.OfType<ContainerImagePullPolicyAnnotation>().LastOrDefault()?.ImagePullPolicy))
            .WaitUntil(Readiness.Of(vm, around.Services));
        if (vm.Options.Memory is { } memory)
            builder = builder.WithMemory(memory);
        if (vm.Options.Cpus is { } cpus)
            builder = builder.WithCpus(cpus);
        if (vm.StartsWarm)
            builder = builder.WithWarmStart();

        // Its end is a checkpoint, which then need not write the memory.
        return vm.IsPersistent ? builder.WithCheckpoints() : builder;
    }

    private async Task<Dictionary<string, string>> EnvironmentAsync(ValueResolver resolver, CancellationToken cancellationToken)
    {
        var collected = new Dictionary<string, object>();
        var callbacks = new EnvironmentCallbackContext(around.Context, vm.Resource, collected, cancellationToken) { Logger = log };
        foreach (EnvironmentCallbackAnnotation annotation in vm.Resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
            await annotation.Callback(callbacks).ConfigureAwait(false);

        var environment = new Dictionary<string, string>();
        foreach ((string name, object value) in collected)
        {
            if (await resolver.ResolveAsync(value, cancellationToken).ConfigureAwait(false) is { } text)
                environment[name] = text;
        }

        return environment;
    }

    private async Task<List<string>> ArgumentsAsync(ValueResolver resolver, CancellationToken cancellationToken)
    {
        List<object> collected = [];
        var callbacks = new CommandLineArgsCallbackContext(collected, vm.Resource, cancellationToken) { Logger = log, ExecutionContext = around.Context };
        foreach (CommandLineArgsCallbackAnnotation annotation in vm.Resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
            await annotation.Callback(callbacks).ConfigureAwait(false);

        List<string> arguments = [];
        foreach (object argument in collected)
        {
            if (await resolver.ResolveAsync(argument, cancellationToken).ConfigureAwait(false) is { } text)
                arguments.Add(text);
        }

        return arguments;
    }

    private async Task WarnOfEngineArgumentsAsync(CancellationToken cancellationToken)
    {
        List<object> arguments = [];
        var callbacks = new ContainerRuntimeArgsCallbackContext(arguments, cancellationToken);
        foreach (ContainerRuntimeArgsCallbackAnnotation annotation in vm.Resource.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>().ToArray())
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
