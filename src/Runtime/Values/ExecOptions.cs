namespace Islet;

/// <summary>
/// The settings of a command, which <see cref="Container.ExecAsync"/> runs to its end, and the streams for its input and output.
/// </summary>
public sealed record ExecOptions : ProcessOptions
{
    /// <summary>The stream from which the process's standard input is read, to its end. Default: empty.</summary>
    public Stream? Stdin { get; init; }

    /// <summary>The stream that receives its standard output as it arrives, instead of <see cref="ExecResult.Stdout"/>.</summary>
    public Stream? Stdout { get; init; }

    /// <summary>The stream that receives its standard error as it arrives, instead of <see cref="ExecResult.Stderr"/>.</summary>
    public Stream? Stderr { get; init; }

    /// <summary>
    /// The most of each output that is kept in memory for <see cref="ExecResult"/>. A command that writes more is killed, and the call
    /// fails. For larger outputs set <see cref="Stdout"/> or <see cref="Stderr"/>, which have no limit. Default: 256 MiB.
    /// </summary>
    public MemorySize CaptureLimit { get; init; } = MemorySize.FromMebibytes(256);
}
