using Islet.Aspire.Logging;
using Islet.Aspire.Volumes;

namespace Islet.Aspire.Lifecycle;

/// <summary>A container from its start to its end.</summary>
internal sealed class RunningContainer(Container container, ConsoleForwarding console, HeldVolumes volumes)
{
    public Container Container { get; } = container;

    public ConsoleForwarding Console { get; } = console;

    public HeldVolumes Volumes { get; } = volumes;

    /// <summary>Whether the container was asked to end.</summary>
    public bool IsStopping { get; set; }

    /// <summary>Completes when the container has ended, its resource's state shows that, and its machine is gone.</summary>
    public Task Ended { get; set; } = Task.CompletedTask;
}
