namespace Islet.Modules;

// The life of the container, its clock, and its checkpoints.
public abstract partial class ModuleContainer<TContainer>
{
    /// <inheritdoc cref="Container.StartAsync(CancellationToken)"/>
    public Task StartAsync(CancellationToken cancellationToken = default) =>
        Container.StartAsync(cancellationToken);

    /// <inheritdoc cref="Container.StopAsync"/>
    public Task StopAsync(TimeSpan? gracePeriod = null, ContainerSignal? signal = null, CancellationToken cancellationToken = default) =>
        Container.StopAsync(gracePeriod, signal, cancellationToken);

    /// <inheritdoc cref="Container.RestartAsync"/>
    public Task RestartAsync(TimeSpan? gracePeriod = null, ContainerSignal? signal = null, CancellationToken cancellationToken = default) =>
        Container.RestartAsync(gracePeriod, signal, cancellationToken);

    /// <inheritdoc cref="Container.SendSignalAsync"/>
    public Task SendSignalAsync(ContainerSignal signal, CancellationToken cancellationToken = default) =>
        Container.SendSignalAsync(signal, cancellationToken);

    /// <inheritdoc cref="Container.PauseAsync"/>
    public Task PauseAsync(CancellationToken cancellationToken = default) =>
        Container.PauseAsync(cancellationToken);

    /// <inheritdoc cref="Container.ResumeAsync"/>
    public Task ResumeAsync(CancellationToken cancellationToken = default) =>
        Container.ResumeAsync(cancellationToken);

    /// <inheritdoc cref="Container.ClockOffset"/>
    public TimeSpan ClockOffset => Container.ClockOffset;

    /// <inheritdoc cref="Container.SetClockAsync"/>
    public Task SetClockAsync(DateTimeOffset time, CancellationToken cancellationToken = default) =>
        Container.SetClockAsync(time, cancellationToken);

    /// <inheritdoc cref="Container.ResetClockAsync"/>
    public Task ResetClockAsync(CancellationToken cancellationToken = default) =>
        Container.ResetClockAsync(cancellationToken);

    /// <inheritdoc cref="Container.CheckpointAsync(CancellationToken)"/>
    public Task<Checkpoint> CheckpointAsync(CancellationToken cancellationToken = default) =>
        Container.CheckpointAsync(cancellationToken);

    /// <inheritdoc cref="Container.CheckpointAsync(string, CancellationToken)"/>
    public Task<Checkpoint> CheckpointAsync(string name, CancellationToken cancellationToken = default) =>
        Container.CheckpointAsync(name, cancellationToken);

    /// <inheritdoc cref="Container.RollBackAsync"/>
    public Task RollBackAsync(Checkpoint checkpoint, CancellationToken cancellationToken = default) =>
        Container.RollBackAsync(checkpoint, cancellationToken);
}
