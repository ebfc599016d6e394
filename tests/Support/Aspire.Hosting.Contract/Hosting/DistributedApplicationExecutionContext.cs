namespace Aspire.Hosting;

/// <summary>What an application is run for.</summary>
public enum DistributedApplicationOperation
{
    Run = 0,
    Publish = 1,
}

/// <inheritdoc cref="DistributedApplicationOperation"/>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    private IServiceProvider? _serviceProvider;

    public DistributedApplicationOperation Operation { get; } = operation;

    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    /// <summary>The services of the application, once it is built.</summary>
    /// <exception cref="InvalidOperationException">It isn't built yet.</exception>
    public IServiceProvider ServiceProvider
    {
        get => _serviceProvider ?? throw new InvalidOperationException("IServiceProvider is not available because the container has not yet been built.");
        internal set => _serviceProvider = value;
    }
}
