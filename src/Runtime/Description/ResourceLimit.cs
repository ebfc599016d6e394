namespace Islet;

/// <summary>A limit of setrlimit(2) for the container's processes.</summary>
/// <param name="Type"><c>RLIMIT_NOFILE</c> or <c>nofile</c>.</param>
/// <param name="Soft">The limit in force; <see cref="ulong.MaxValue"/>, RLIM_INFINITY, for none.</param>
/// <param name="Hard">The value up to which the process itself may raise it.</param>
internal sealed record ResourceLimit(string Type, ulong Soft, ulong Hard);
