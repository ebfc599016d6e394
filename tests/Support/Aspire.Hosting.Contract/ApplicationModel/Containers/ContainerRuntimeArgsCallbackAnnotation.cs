namespace Aspire.Hosting.ApplicationModel;

/// <summary>Arguments for the container engine's own command line.</summary>
public sealed class ContainerRuntimeArgsCallbackAnnotation : IResourceAnnotation
{
    public ContainerRuntimeArgsCallbackAnnotation(Func<ContainerRuntimeArgsCallbackContext, Task> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Callback = callback;
    }

    public Func<ContainerRuntimeArgsCallbackContext, Task> Callback { get; }
}

/// <summary>Collects the arguments.</summary>
public sealed class ContainerRuntimeArgsCallbackContext(IList<object> args, CancellationToken cancellationToken = default)
{
    public IList<object> Args { get; } = args;

    public CancellationToken CancellationToken { get; } = cancellationToken;
}
