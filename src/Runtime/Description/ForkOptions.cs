using Islet.Description;

namespace Islet;

/// <summary>The settings of a container that is started from a checkpoint, instead of the defaults.</summary>
public sealed record ForkOptions
{
    /// <summary>The ports on the host by the ports inside. Default, also for ports that are not in it: free ones.</summary>
    public IReadOnlyDictionary<int, int> Ports { get; init; } = new Dictionary<int, int>();

    /// <summary>
    /// The ports on the host for the names and ports given to <see cref="ContainerBuilder{TBuilder, TContainer}.WithHostPort"/>. Default,
    /// also for those that are not in it: the same ports as for the container that the checkpoint was taken of.
    /// </summary>
    public IReadOnlyList<HostPortBinding> HostPorts { get; init; } = [];

    internal ContainerOptions Apply(ContainerOptions options) => options with
    {
        Ports = [.. options.Ports.Select(port => port with { HostPort = Ports.GetValueOrDefault(port.ContainerPort) })],
        AgentSocket = null,
        HostPorts = [.. options.HostPorts.Select(saved => HostPorts.FirstOrDefault(now => IsSame(saved, now)) ?? saved)],
    };

    private static bool IsSame(HostPortBinding one, HostPortBinding other) =>
        one.Port == other.Port && one.Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase);
}
