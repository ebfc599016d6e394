namespace Islet.Protocol.Yamux;

/// <summary>
/// The live streams by id. It is a separate hash table, because the agent pays for every instruction that runs for the first time after a
/// restore. Ids that count upwards spread over the slots by themselves: the slot is the id's low bits.
/// </summary>
internal sealed class StreamTable
{
    private StreamState?[] _slots = new StreamState?[16];

    public int Count { get; private set; }

    public StreamState? Find(uint id)
    {
        for (int slot = SlotOf(id); _slots[slot] is { } stream; slot = Next(slot))
        {
            if (stream.Id == id)
                return stream;
        }

        return null;
    }

    public void Add(StreamState stream)
    {
        // At most half full, so that probes stay short.
        if ((Count + 1) * 2 > _slots.Length)
            Grow();

        Place(stream);
        Count++;
    }

    public void Remove(StreamState removed)
    {
        int hole = SlotOf(removed.Id);
        while (!ReferenceEquals(_slots[hole], removed))
            hole = Next(hole);

        _slots[hole] = null;
        Count--;

        // Move up the streams after the hole that probed past it, so that no search ends early.
        for (int slot = Next(hole); _slots[slot] is { } stream; slot = Next(slot))
        {
            int distanceFromHome = (slot - SlotOf(stream.Id)) & (_slots.Length - 1);
            int distanceFromHole = (slot - hole) & (_slots.Length - 1);
            if (distanceFromHome < distanceFromHole)
                continue;

            _slots[hole] = stream;
            _slots[slot] = null;
            hole = slot;
        }
    }

    private int SlotOf(uint id) => (int)(id & (uint)(_slots.Length - 1));

    private int Next(int slot) => (slot + 1) & (_slots.Length - 1);

    private void Place(StreamState stream)
    {
        int slot = SlotOf(stream.Id);
        while (_slots[slot] is not null)
            slot = Next(slot);

        _slots[slot] = stream;
    }

    private void Grow()
    {
        StreamState?[] old = _slots;
        _slots = new StreamState?[old.Length * 2];
        foreach (StreamState? stream in old)
        {
            if (stream is not null)
                Place(stream);
        }
    }
}
