using System.Globalization;
using Islet.Networking;

namespace Islet;

/// <summary>
/// A TCP port of a container that is reachable on the host's loopback address, and what can go wrong on the way there: the faults
/// are made in Islet's own forwarder, so that the container knows nothing of them. Faults add up; each lasts until it is disposed.
/// </summary>
public sealed class PublishedPort
{
    private readonly LinkConditions _link;
    private readonly Func<Task> _resetClients;

    internal PublishedPort(int containerPort, int hostPort, LinkConditions link, Func<Task> resetClients)
    {
        ContainerPort = containerPort;
        HostPort = hostPort;
        _link = link;
        _resetClients = resetClients;
    }

    /// <summary>The port inside the container.</summary>
    public int ContainerPort { get; }

    /// <summary>The port on 127.0.0.1.</summary>
    public int HostPort { get; }

    /// <summary>
    /// No byte passes in either direction, and nobody is told: connections stay open, and new ones are accepted. What arrives meanwhile
    /// is passed on afterwards.
    /// </summary>
    public ValueTask<NetworkFault> PauseAsync() => ValueTask.FromResult(_link.Add(new NetworkFault(_link) { Pauses = true }));

    /// <summary>Every connection is reset, and so is everyone who connects.</summary>
    /// <returns>The fault, when all connections have been reset.</returns>
    public async ValueTask<NetworkFault> CutAsync()
    {
        NetworkFault fault = _link.Add(new NetworkFault(_link) { Cuts = true });
        await _resetClients().ConfigureAwait(false);
        return fault;
    }

    /// <summary>What the container sends arrives later. At most 256 KiB of each connection are on the way at a time.</summary>
    /// <param name="delay">How much later; above zero.</param>
    public ValueTask<NetworkFault> DelayAsync(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero);
        return ValueTask.FromResult(_link.Add(new NetworkFault(_link) { Delay = delay }));
    }

    /// <summary>Each connection, in each direction, gets no more than so many bytes through.</summary>
    /// <param name="bytesPerSecond">How many in a second; at least 1.</param>
    public ValueTask<NetworkFault> LimitAsync(long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        return ValueTask.FromResult(_link.Add(new NetworkFault(_link) { BytesPerSecond = bytesPerSecond }));
    }

    /// <summary>Removes every fault.</summary>
    public ValueTask HealAsync()
    {
        _link.Clear();
        return default;
    }

    /// <summary><c>127.0.0.1:49153 -> 5432</c></summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{HostPort} -> {ContainerPort}");
}
