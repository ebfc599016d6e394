using System.Text.RegularExpressions;
using Islet.Values;

namespace Islet;

/// <summary>Waits until a line of the container's log matches a regular expression. See <see cref="Wait.ForLogLine"/>.</summary>
internal sealed record LogLineWait : WaitStrategy
{
    private const int LongestLine = 64 * 1024;

    private readonly Regex _pattern;

    internal LogLineWait(string pattern, int occurrence, TimeSpan matchTimeout)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        ArgumentOutOfRangeException.ThrowIfLessThan(occurrence, 1);
        // The lines come from the guest: a pattern that backtracks must not block the host for hours.
        _pattern = new Regex(pattern, RegexOptions.CultureInvariant, matchTimeout);
        Occurrence = occurrence;
    }

    /// <summary>The regular expression.</summary>
    public string Pattern => _pattern.ToString();

    /// <summary>The number of lines that have to match.</summary>
    public int Occurrence { get; }

    /// <inheritdoc/>
    public override string Description =>
        Occurrence == 1 ? $"a log line that matches /{Pattern}/" : $"{Occurrence} log lines that match /{Pattern}/";

    /// <summary>Whether this can come true after the exit: yes, the line may be the last one that was written before it.</summary>
    protected internal override bool CompletesAfterExit => true;

    /// <inheritdoc/>
    protected internal override async Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
    {
        int matches = 0;
        OutputStreams continued = 0;
        await foreach (LogLine line in context.Target.ReadLogsAsync(cancellationToken).ConfigureAwait(false))
        {
            // A line of more than 64 KiB comes in pieces, and is one line: its first piece is matched.
            bool isContinuation = (continued & line.Stream) != 0;
            continued = line.IsPartial ? continued | line.Stream : continued & ~line.Stream;
            if (isContinuation)
                continue;
            if (IsMatch(line.Text) && ++matches == Occurrence)
                return;

            string last = "the log line " + Excerpt.Quote(line.Text);
            context.ReportStatus(Occurrence == 1 ? last : $"{matches} matching lines; {last}");
        }

        ProcessExit exit = await context.Target.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        throw WaitFailedException.For(this, exit, context);
    }

    private bool IsMatch(string line)
    {
        try
        {
            return _pattern.IsMatch(line.AsSpan(0, Math.Min(line.Length, LongestLine)));
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new WaitFailedException(
                $"The pattern /{Pattern}/ took more than {_pattern.MatchTimeout.TotalMilliseconds:0} ms "
                + $"on the log line {Excerpt.Quote(line)}. "
                + "Write it without nested repetitions, so that it need not backtrack.",
                exception);
        }
    }
}
