using System.Globalization;
using Islet.Waiting;

namespace Islet;

/// <summary>
/// Waits until one of several strategies has come true; fails when all of them have failed. See <see cref="Wait.ForAny"/>.
/// </summary>
internal sealed record AnyWait : CombinedWait
{
    internal AnyWait(IReadOnlyList<WaitStrategy> strategies)
        : base(strategies)
    {
    }

    /// <inheritdoc/>
    public override string Description => string.Join(" or ", Strategies.Select(strategy => strategy.Description));

    /// <inheritdoc/>
    protected internal override async Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] waits = [.. Strategies.Select(strategy => context.WaitForAsync(strategy, stop.Token))];
        List<Exception> failures = [];
        await foreach (Task ended in Task.WhenEach(waits).ConfigureAwait(false))
        {
            if (ended.IsCompletedSuccessfully)
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(waits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            cancellationToken.ThrowIfCancellationRequested();
            failures.Add(ended.Exception!.InnerException!);
            context.ReportStatus(string.Join(" ", failures.Select(failure => failure.Message)).TrimEnd('.'));
        }

        throw Combine(failures);
    }

    /// <summary>
    /// Combines all failures into one exception. If the machine or the container has ended, that is the exception, since the others follow
    /// from it. Otherwise it is a timeout only if all of them are.
    /// </summary>
    private static Exception Combine(List<Exception> failures)
    {
        if (failures is [Exception only])
            return only;
        if (failures.FirstOrDefault(failure => !WaitRunner.IsOurs(failure)) is { } endOfMachine)
            return endOfMachine;

        string message = "None of what was waited for came true. " + string.Join(
            " ", failures.Select((failure, index) => string.Create(CultureInfo.InvariantCulture, $"({index + 1}) {failure.Message}")));
        var all = new AggregateException(failures);
        return failures.All(failure => failure is WaitTimeoutException)
            ? new WaitTimeoutException(message, failures.Max(failure => ((WaitTimeoutException)failure).Waited), null, all)
            : new WaitFailedException(message, all)
            {
                Exit = failures.OfType<WaitFailedException>().Select(failed => failed.Exit).FirstOrDefault(exit => exit is not null),
            };
    }
}
