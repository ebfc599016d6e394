namespace Islet.Starting;

/// <summary>What a container had written when it was frozen. Whoever goes on from there begins in the middle of a line, perhaps.</summary>
/// <param name="Lines">The lines, oldest first.</param>
/// <param name="StdoutRest">What of the standard output's last line was there.</param>
/// <param name="StderrRest">The same of the standard error's.</param>
internal sealed record FrozenLog(IReadOnlyList<LogLine> Lines, byte[] StdoutRest, byte[] StderrRest)
{
    // The newest lines, so that a log of any length costs little to keep.
    private const int MaxBytes = 4 << 20;

    // In JSON: a time, a stream, and each character as six at worst.
    private static int BytesOf(LogLine line) => 128 + (6 * line.Text.Length);

    /// <summary>The same with no more lines than are worth writing to a disk.</summary>
    public FrozenLog Shorten()
    {
        int first = Lines.Count;
        for (long bytes = 0; first > 0 && (bytes += BytesOf(Lines[first - 1])) <= MaxBytes;)
            first--;
        return first == 0 ? this : this with { Lines = [.. Lines.Skip(first)] };
    }
}
