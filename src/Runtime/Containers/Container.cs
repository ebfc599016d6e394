using Islet.Agent;
using Islet.Containers;
using Islet.Description;
using Islet.Engine;
using Islet.Images;
using Islet.Networking;
using Islet.Snapshots;
using Islet.Starting;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet;

/// <summary>
/// A Linux container in a micro-VM of its own. Disposing it ends the machine and removes everything it had on the host.
/// All members may be used from several threads.
/// </summary>
/// <remarks>
/// <code>
/// Created ──► Running ◄──► Paused
///             ▲  │  ▲         │
///             │  │  └─ Checkpointed: saved, while a checkpoint is taken or rolled back to
///  roll back, │  ▼            ▼
///  start      Stopped ──► Deleted
/// </code>
/// </remarks>
public sealed partial class Container : IAsyncDisposable
{
    private readonly RuntimeEngine _engine;
    private readonly ContainerBlueprint _blueprint;
    private readonly ContainerOptions _options;
    private readonly ContainerIdentity _identity;
    private readonly ContainerLog _log = new();
    private readonly Dictionary<int, PortForwarder> _ports = [];
    private readonly ILogger _logger;
    private volatile LiveMachine _live;

    /// <summary>Creates a container that takes ownership of the machine and of the snapshots.</summary>
    internal Container(
        RuntimeEngine engine, ContainerBlueprint blueprint, LiveMachine live, StartupTimeline timeline, SnapshotDraft? draft, SnapshotLease? foundation)
    {
        _engine = engine;
        _blueprint = blueprint;
        _options = blueprint.Options;
        _identity = ContainerIdentity.Create(blueprint.Options.Hostname);
        _live = live;
        _draft = draft;
        _foundation = foundation;
        _logger = engine.LoggerFactory.CreateLogger<Container>();
        _stdout = new LineSplitter((text, isPartial) => _log.Append(OutputStreams.Stdout, text, isPartial));
        _stderr = new LineSplitter((text, isPartial) => _log.Append(OutputStreams.Stderr, text, isPartial));
        Timeline = timeline;
    }

    /// <summary>
    /// The container's own id, 32 hexadecimal digits: the machine-id inside. A fork gets another id; a roll-back keeps it.
    /// </summary>
    public string Id => _identity.MachineId;

    /// <summary>The name for logs and error messages.</summary>
    public string Name => _blueprint.Name;

    /// <summary>The container's own hostname.</summary>
    public string Hostname => _identity.Hostname;

    /// <summary>The image, as the caller named it.</summary>
    public ImageReference Image => _options.Image;

    /// <summary>The image's configuration: environment, entrypoint, user, labels as its makers set them.</summary>
    public ImageConfig ImageConfig => _blueprint.ImageConfig;

    /// <summary>The digest of the manifest that was started.</summary>
    public Digest ImageDigest => _blueprint.ImageDigest;

    /// <summary>The labels of the image and of the builder. If both have a label, the builder's counts.</summary>
    public IReadOnlyDictionary<string, string> Labels => _options.Labels
        .AddRange(ImageConfig.Labels.Where(label => !_options.Labels.ContainsKey(label.Key)));

    /// <summary>The phases of the start, or of the last roll-back or restart.</summary>
    public StartupTimeline Timeline { get; private set; }

    internal string Backend => _engine.Backend.Name;

    internal MemorySize MemoryLimit => _blueprint.Memory;

    internal int Cpus => _blueprint.Machine.Cpus;

    internal IVirtualMachine Machine => _live.Machine;

    internal AgentClient Agent => _live.Agent;

    /// <summary>The id of the host's process that runs the machine.</summary>
    public int MachineProcessId => Machine.ProcessId;

    /// <summary>The technique that runs the machine: <c>KVM</c>, <c>TCG</c>.</summary>
    public string Accelerator => Machine.Accelerator;

    /// <summary>Returns the last lines of the machine's console: messages of its kernel and agent.</summary>
    public IReadOnlyList<string> ReadConsoleTail(int lines = 50) => Machine.ReadConsoleTail(lines);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Image}, {State})";

    internal FailureEvidence Evidence() => new()
    {
        Image = Image.ToString(),
        LogTail = _log.Tail(50),
        ConsoleTail = Machine.ReadConsoleTail(50),
        Timeline = Timeline,
    };
}
