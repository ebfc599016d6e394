using System.Collections;
using System.Collections.Concurrent;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint's address as one network sees it.</summary>
public record NetworkEndpointSnapshot(ValueSnapshot<AllocatedEndpoint> Snapshot, NetworkIdentifier NetworkID);

/// <summary>An endpoint's addresses, one for each network.</summary>
public class NetworkEndpointSnapshotList : IEnumerable<NetworkEndpointSnapshot>
{
    private readonly ConcurrentDictionary<NetworkIdentifier, ValueSnapshot<AllocatedEndpoint>> _snapshots = new();

    public void AddOrUpdateAllocatedEndpoint(NetworkIdentifier networkID, AllocatedEndpoint endpoint) => Snapshot(networkID).SetValue(endpoint);

    /// <summary>The address in that network; waits for it where it is not known yet.</summary>
    public Task<AllocatedEndpoint> GetAllocatedEndpointAsync(NetworkIdentifier networkID, CancellationToken cancellationToken = default) =>
        Snapshot(networkID).GetValueAsync(cancellationToken);

    public IEnumerator<NetworkEndpointSnapshot> GetEnumerator() =>
        _snapshots.Select(pair => new NetworkEndpointSnapshot(pair.Value, pair.Key)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ValueSnapshot<AllocatedEndpoint> Snapshot(NetworkIdentifier networkID) =>
        _snapshots.GetOrAdd(networkID, static _ => new ValueSnapshot<AllocatedEndpoint>());
}
