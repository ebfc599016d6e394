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
public sealed partial class Container : IContainer<Container>
{
    private readonly ContainerCore _core;

    /// <summary>Creates the object that callers use, for a container that has been started.</summary>
    internal Container(ContainerCore core) => _core = core;

    /// <summary>
    /// The container's own id, 32 hexadecimal digits: the machine-id inside. A fork gets another id; a roll-back keeps it.
    /// </summary>
    public string Id => _core.Identity.MachineId;

    /// <summary>The name for logs and error messages.</summary>
    public string Name => _core.Blueprint.Name;

    /// <summary>The container's own hostname.</summary>
    public string Hostname => _core.Identity.Hostname;

    /// <summary>The image, as the caller named it.</summary>
    public ImageReference Image => _core.Options.Image;

    /// <summary>The image's configuration: environment, entrypoint, user, labels as its makers set them.</summary>
    public ImageConfig ImageConfig => _core.Blueprint.ImageConfig;

    /// <summary>The digest of the manifest that was started.</summary>
    public Digest ImageDigest => _core.Blueprint.ImageDigest;

    /// <summary>The labels of the image and of the builder. If both have a label, the builder's counts.</summary>
    public IReadOnlyDictionary<string, string> Labels => _core.Options.Labels
        .AddRange(ImageConfig.Labels.Where(label => !_core.Options.Labels.ContainsKey(label.Key)));

    /// <summary>The phases of the start, or of the last roll-back or restart.</summary>
    public StartupTimeline Timeline => _core.Status.Timeline;

    /// <summary>Returns the resources that the container has used until now.</summary>
    public async Task<ContainerStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        LiveMachine machine = _core.Calls.RequireMachine("read statistics");
        return GuestNumbers.ToStatistics(
            await _core.Calls.AskAgentAsync(machine.Agent.GetStatisticsAsync(cancellationToken)).ConfigureAwait(false));
    }

    Container IContainer<Container>.Container => this;

    Container IContainer<Container>.WithContainer(Container copy) => copy;

    internal IVirtualMachine Machine => _core.Status.Machine.Machine;

    internal AgentClient Agent => _core.Status.Machine.Agent;

    /// <summary>The id of the host's process that runs the machine.</summary>
    public int MachineProcessId => Machine.ProcessId;

    /// <summary>The technique that runs the machine: <c>KVM</c>, <c>TCG</c>.</summary>
    public string Accelerator => Machine.Accelerator;

    /// <summary>Returns the last lines of the machine's console: messages of its kernel and agent.</summary>
    public IReadOnlyList<string> ReadConsoleTail(int lines = 50) => Machine.ReadConsoleTail(lines);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Image}, {State})";
}
