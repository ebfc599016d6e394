namespace Islet.Values;

/// <summary>
/// A point in time, as Linux keeps it: seconds since 1970-01-01 UTC (negative before), and nanoseconds after that second.
/// </summary>
internal readonly record struct Timestamp(long Seconds, uint Nanoseconds);
