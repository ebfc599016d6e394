namespace Islet.Aspire.Lives;

/// <summary>A roll-back that is done.</summary>
/// <param name="Name">The checkpoint's name.</param>
/// <param name="Taken">When the checkpoint was taken.</param>
/// <param name="Timeline">How the roll-back went.</param>
internal sealed record RolledBack(string Name, DateTimeOffset Taken, StartupTimeline Timeline);
