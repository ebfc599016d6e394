using System.Globalization;

namespace Islet.Aspire.Lifecycle;

/// <summary>The checkpoints of one running container, by name, in the order they were taken. May be used from several threads.</summary>
internal sealed class KeptCheckpoints
{
    private readonly List<KeyValuePair<string, Checkpoint>> _kept = [];

    public IReadOnlyList<KeyValuePair<string, Checkpoint>> All
    {
        get
        {
            lock (_kept)
                return [.. _kept];
        }
    }

    public int Count
    {
        get
        {
            lock (_kept)
                return _kept.Count;
        }
    }

    /// <summary>Finds the checkpoint of a name, or the newest when no name is given.</summary>
    public KeyValuePair<string, Checkpoint>? Find(string? name)
    {
        foreach (KeyValuePair<string, Checkpoint> kept in All.Reverse())
        {
            if (name is null || kept.Key == name)
                return kept;
        }

        return null;
    }

    /// <summary>Keeps a checkpoint, and removes the earlier one of the same name.</summary>
    public async ValueTask KeepAsync(string name, Checkpoint checkpoint)
    {
        Checkpoint? former = null;
        lock (_kept)
        {
            int index = _kept.FindIndex(kept => kept.Key == name);
            if (index >= 0)
            {
                former = _kept[index].Value;
                _kept.RemoveAt(index);
            }

            _kept.Add(new(name, checkpoint));
        }

        if (former is not null)
            await former.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Removes all checkpoints.</summary>
    public async ValueTask ClearAsync()
    {
        KeyValuePair<string, Checkpoint>[] removed;
        lock (_kept)
        {
            removed = [.. _kept];
            _kept.Clear();
        }

        foreach ((_, Checkpoint checkpoint) in removed)
            await checkpoint.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Describes a checkpoint for a user who chooses one.</summary>
    public static string Describe(string name, Checkpoint checkpoint) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} ({checkpoint.Created.ToLocalTime():HH:mm:ss}, {checkpoint.SizeOnDisk})");
}
