namespace Islet.Protocol.Yamux;

/// <summary>
/// The ids that the peer has used. They count upwards, but may arrive out of order: HashiCorp's implementation takes an id before it queues
/// the SYN, so that two threads can overtake each other. Skipped ids are remembered, up to a limit.
/// </summary>
internal sealed class PeerStreamIds(uint first, int maxSkipped)
{
    private readonly List<uint> _skipped = [];
    private ulong _next = first;

    /// <summary>Marks an id (of the peer's parity) as used.</summary>
    /// <returns><see langword="false"/> if it had been used before.</returns>
    public bool TryUse(uint id)
    {
        if (id < _next)
            return _skipped.Remove(id);

        // Only the nearest ids can still arrive late: a jump far ahead must not cost memory.
        ulong remembered = Math.Max(_next, id - Math.Min(id, 2UL * (ulong)maxSkipped));
        for (ulong skipped = remembered; skipped < id; skipped += 2)
        {
            if (_skipped.Count == maxSkipped)
                _skipped.RemoveAt(0);
            _skipped.Add((uint)skipped);
        }

        _next = (ulong)id + 2;
        return true;
    }
}
