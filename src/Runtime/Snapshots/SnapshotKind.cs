namespace Islet.Snapshots;

/// <summary>What a snapshot is for, and with that the directory it is kept in.</summary>
internal enum SnapshotKind
{
    /// <summary>A booted machine whose agent waits; every ordinary start restores one.</summary>
    Template,

    /// <summary>A container that its user has frozen.</summary>
    Checkpoint,

    /// <summary>A ready container, addressed by all that makes it what it is.</summary>
    Warm,
}
