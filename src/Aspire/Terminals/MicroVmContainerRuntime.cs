#pragma warning disable ASPIRECONTAINERRUNTIME001 // Aspire may still change it: only what is named here is relied on.
using System.Reflection;
using Aspire.Hosting.Publishing;
using Microsoft.Extensions.DependencyInjection;

namespace Islet.Aspire.Terminals;

/// <summary>
/// Resolves a container runtime whose name is the path of the bridge's program. A program that runs <c>NAME exec -it CONTAINER …</c> (an
/// integration's <c>WithRepl</c>, for example) reaches micro-VMs by that name, and through it the engine's containers.
/// </summary>
internal sealed class MicroVmContainerRuntimeResolver(Func<IContainerRuntimeResolver> original, ExecBridge bridge)
    : IContainerRuntimeResolver
{
    /// <summary>Adds a resolver of this kind, which takes precedence over the existing one.</summary>
    public static void Add(IServiceCollection services, Func<IServiceProvider, ExecBridge> bridge)
    {
        services.AddSingleton<IContainerRuntimeResolver>(provider => new MicroVmContainerRuntimeResolver(
            () => provider.GetServices<IContainerRuntimeResolver>().Last(resolver => resolver is not MicroVmContainerRuntimeResolver),
            bridge(provider)));
    }

    public Task<IContainerRuntime> ResolveAsync(CancellationToken cancellationToken = default)
    {
        IContainerRuntime runtime = DispatchProxy.Create<IContainerRuntime, MicroVmContainerRuntime>();
        ((MicroVmContainerRuntime)(object)runtime).Set(bridge.Program, original);
        return Task.FromResult(runtime);
    }
}

/// <summary>The engine's runtime under another name.</summary>
/// <remarks>A proxy, so that members which a later version of Aspire adds are passed on as well.</remarks>
internal class MicroVmContainerRuntime : DispatchProxy
{
    private string _name = "";
    private Func<IContainerRuntimeResolver>? _engine;

    public void Set(string name, Func<IContainerRuntimeResolver> engine) => (_name, _engine) = (name, engine);

    // Looks for an engine only now: without one, Aspire would warn. During a run it asks only for the name.
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == $"get_{nameof(IContainerRuntime.Name)}"
            ? _name
            : targetMethod.Invoke(_engine!().ResolveAsync().GetAwaiter().GetResult(), BindingFlags.DoNotWrapExceptions, null, args, null);
}
