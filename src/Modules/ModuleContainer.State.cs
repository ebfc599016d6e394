using Islet.Images;

namespace Islet.Modules;

// Properties of the container.
public abstract partial class ModuleContainer<TContainer>
{
    /// <inheritdoc cref="Container.Name"/>
    public string Name => Container.Name;

    /// <inheritdoc cref="Container.Id"/>
    public string Id => Container.Id;

    /// <inheritdoc cref="Container.Hostname"/>
    public string Hostname => Container.Hostname;

    /// <inheritdoc cref="Container.Image"/>
    public ImageReference Image => Container.Image;

    /// <inheritdoc cref="Container.ImageConfig"/>
    public ImageConfig ImageConfig => Container.ImageConfig;

    /// <inheritdoc cref="Container.ImageDigest"/>
    public Digest ImageDigest => Container.ImageDigest;

    /// <inheritdoc cref="Container.Labels"/>
    public IReadOnlyDictionary<string, string> Labels => Container.Labels;

    /// <inheritdoc cref="Container.State"/>
    public ContainerState State => Container.State;

    /// <inheritdoc cref="Container.Exited"/>
    public Task<ProcessExit> Exited => Container.Exited;

    /// <inheritdoc cref="Container.ExitCode"/>
    public int? ExitCode => Container.ExitCode;

    /// <inheritdoc cref="Container.Timeline"/>
    public StartupTimeline Timeline => Container.Timeline;

    /// <inheritdoc cref="Container.MachineProcessId"/>
    public int MachineProcessId => Container.MachineProcessId;

    /// <inheritdoc cref="Container.Accelerator"/>
    public string Accelerator => Container.Accelerator;

    /// <inheritdoc cref="Container.ReadConsoleTail"/>
    public IReadOnlyList<string> ReadConsoleTail(int lines = 50) =>
        Container.ReadConsoleTail(lines);

    /// <inheritdoc cref="Container.GetStatisticsAsync"/>
    public Task<ContainerStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        Container.GetStatisticsAsync(cancellationToken);

    /// <inheritdoc cref="Container.Stdout"/>
    public string Stdout => Container.Stdout;

    /// <inheritdoc cref="Container.Stderr"/>
    public string Stderr => Container.Stderr;

    /// <inheritdoc cref="Container.ReadLogsAsync"/>
    public IAsyncEnumerable<LogLine> ReadLogsAsync(LogOptions? options = null, CancellationToken cancellationToken = default) =>
        Container.ReadLogsAsync(options, cancellationToken);
}
