using Islet.Agent;
using Islet.Diagnostics;
using Islet.Images;
using Islet.Network;
using Islet.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Islet.Containers;

/// <summary>
/// A Linux container in a micro-VM of its own. Disposing it ends the machine and removes everything it had on the host.
/// All members may be used from several threads.
/// </summary>
/// <remarks>
/// <code>
/// Created ──► Running ◄──► Paused
///                │            │
///                ▼            ▼
///             Stopped ──► Deleted
/// </code>
/// </remarks>
public sealed partial class Container : IAsyncDisposable
{
    private readonly ContainerRuntime _runtime;
    private readonly ContainerOptions _options;
    private readonly Image _image;
    private readonly IVirtualMachine _machine;
    private readonly AgentClient _agent;
    private readonly ContainerLog _log = new();
    private readonly Dictionary<int, PortForwarder> _ports = [];
    private readonly ILogger _logger;

    private Container(
        ContainerRuntime runtime, ContainerOptions options, Image image, IVirtualMachine machine, AgentClient agent,
        string name, string hostname, StartupTimeline timeline)
    {
        _runtime = runtime;
        _options = options;
        _image = image;
        _machine = machine;
        _agent = agent;
        _logger = runtime.LoggerFactory.CreateLogger<Container>();
        Name = name;
        Hostname = hostname;
        Timeline = timeline;
    }

    /// <summary>The name for logs and error messages.</summary>
    public string Name { get; }

    /// <summary>The container's own hostname.</summary>
    public string Hostname { get; }

    /// <summary>The image, as the caller named it.</summary>
    public ImageReference Image => _options.Image;

    /// <summary>The image's configuration: environment, entrypoint, user, labels as its makers set them.</summary>
    public ImageConfig ImageConfig => _image.Config;

    /// <summary>The digest of the manifest that was started.</summary>
    public Digest ImageDigest => _image.ManifestDigest;

    /// <summary>The image's labels and the builder's, the builder's first.</summary>
    public IReadOnlyDictionary<string, string> Labels => _options.Labels
        .AddRange(_image.Config.Labels.Where(label => !_options.Labels.ContainsKey(label.Key)));

    /// <summary>How the start went.</summary>
    public StartupTimeline Timeline { get; }

    internal IVirtualMachine Machine => _machine;

    internal AgentClient Agent => _agent;

    /// <summary>The id of the host's process that runs the machine.</summary>
    public int MachineProcessId => _machine.ProcessId;

    /// <summary>What runs the machine: <c>KVM</c>, <c>TCG</c>.</summary>
    public string Accelerator => _machine.Accelerator;

    /// <summary>The last lines of the machine's console: what its kernel and agent had to say.</summary>
    public IReadOnlyList<string> ReadConsoleTail(int lines = 50) => _machine.ReadConsoleTail(lines);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Image}, {State})";

    private FailureEvidence Evidence() => new()
    {
        Image = Image.ToString(),
        LogTail = _log.Tail(50),
        ConsoleTail = _machine.ReadConsoleTail(50),
        Timeline = Timeline,
    };
}
