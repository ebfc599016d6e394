namespace Islet.Aspire.Lifecycle;

/// <summary>The result of a roll-back.</summary>
/// <param name="Name">The name of the checkpoint.</param>
/// <param name="Taken">The time at which the checkpoint was taken.</param>
/// <param name="Timeline">The timeline of the roll-back.</param>
internal sealed record RolledBack(string Name, DateTimeOffset Taken, StartupTimeline Timeline);
