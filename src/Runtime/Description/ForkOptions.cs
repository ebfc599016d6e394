using Islet.Description;

namespace Islet;

/// <summary>What a container that is started from a checkpoint is given, in place of what it would get by itself.</summary>
public sealed record ForkOptions
{
    /// <summary>The ports on the host by the ports inside. Default, and for those that are not named: free ones.</summary>
    public IReadOnlyDictionary<int, int> Ports { get; init; } = new Dictionary<int, int>();

    /// <summary>
    /// Where on the host the ports lead now that <see cref="ContainerBuilder{TBuilder, TContainer}.WithHostPort"/> has named. Default, and for
    /// those that are not named: where they led for the container that was frozen.
    /// </summary>
    public IReadOnlyList<HostPortBinding> HostPorts { get; init; } = [];

    internal ContainerOptions Apply(ContainerOptions options) => options with
    {
        Ports = [.. options.Ports.Select(port => port with { HostPort = Ports.GetValueOrDefault(port.ContainerPort) })],
        HostPorts = [.. options.HostPorts.Select(frozen => HostPorts.FirstOrDefault(now => IsSame(frozen, now)) ?? frozen)],
    };

    private static bool IsSame(HostPortBinding one, HostPortBinding other) =>
        one.Port == other.Port && one.Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase);
}
