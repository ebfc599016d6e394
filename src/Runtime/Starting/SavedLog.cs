namespace Islet.Starting;

/// <summary>
/// The output that a container had written when it was saved. A container that continues from there may begin in the middle of a line.
/// </summary>
/// <param name="Lines">The lines, oldest first.</param>
/// <param name="StdoutRest">The part of the standard output's last line that was there.</param>
/// <param name="StderrRest">The part of the standard error's last line that was there.</param>
internal sealed record SavedLog(IReadOnlyList<LogLine> Lines, byte[] StdoutRest, byte[] StderrRest)
{
    // The limit for the newest lines, which are kept, so that a log of any length costs little space.
    private const int MaxBytes = 4 << 20;

    // In JSON: a time, a stream, and one byte for each character, or six for one that is escaped.
    private static long BytesOf(LogLine line)
    {
        long bytes = 128;
        foreach (char c in line.Text)
            bytes += c is < ' ' or > '~' or '"' or '&' or '\'' or '+' or '<' or '>' or '`' or '\\' ? 6 : 1;
        return bytes;
    }

    /// <summary>Returns the log with only its newest lines, as many as are worth writing to a disk.</summary>
    public SavedLog Shorten()
    {
        int first = Lines.Count;
        for (long bytes = 0; first > 0 && (bytes += BytesOf(Lines[first - 1])) <= MaxBytes;)
            first--;
        return first == 0 ? this : this with { Lines = [.. Lines.Skip(first)] };
    }
}
