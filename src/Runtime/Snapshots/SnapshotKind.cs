namespace Islet.Snapshots;

/// <summary>The purpose of a snapshot, which also determines its directory.</summary>
internal enum SnapshotKind
{
    /// <summary>A booted machine whose agent waits; every ordinary start restores one.</summary>
    Template,

    /// <summary>A container of which its user took a checkpoint.</summary>
    Checkpoint,

    /// <summary>A ready container, found by everything that determines its state.</summary>
    Warm,
}
