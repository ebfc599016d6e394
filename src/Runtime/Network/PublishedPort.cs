using System.Globalization;
using Islet.Networking;

namespace Islet;

/// <summary>
/// A TCP port of a container that is reachable on the host's loopback address, and the faults that can be injected on the way there.
/// Islet's own forwarder makes the faults, so that the container knows nothing of them. Faults add up; each lasts until it is disposed.
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
    /// Holds back all bytes in both directions, without telling either side: connections stay open, and new ones are accepted. Bytes that
    /// arrive in the meantime are passed on afterwards.
    /// </summary>
    public NetworkFault Pause() => _link.Add(new NetworkFault(_link) { Pauses = true });

    /// <summary>Resets every connection, and every client that connects.</summary>
    /// <param name="cancellationToken">Cancels the wait for the connections that are open now, and heals the fault.</param>
    /// <returns>The fault, once all connections have been reset.</returns>
    public async Task<NetworkFault> CutAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        NetworkFault fault = _link.Add(new NetworkFault(_link) { Cuts = true });
        try
        {
            await _resetClients().WaitAsync(cancellationToken).ConfigureAwait(false);
            return fault;
        }
        catch
        {
            fault.Dispose();
            throw;
        }
    }

    /// <summary>Delays the bytes that the container sends. At most 256 KiB of each connection are on the way at a time.</summary>
    /// <param name="delay">The delay; above zero.</param>
    public NetworkFault Delay(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero);
        return _link.Add(new NetworkFault(_link) { Delay = delay });
    }

    /// <summary>Limits the rate of each connection, in each direction.</summary>
    /// <param name="bytesPerSecond">The bytes per second; at least 1.</param>
    public NetworkFault Limit(long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        return _link.Add(new NetworkFault(_link) { BytesPerSecond = bytesPerSecond });
    }

    /// <summary>Removes every fault.</summary>
    public void Heal() => _link.Clear();

    /// <summary>Returns <c>127.0.0.1:49153 -> 5432</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{HostPort} -> {ContainerPort}");
}
