namespace Islet;

/// <summary>
/// A condition that has to come true before a container counts as ready. Strategies are immutable and may be shared by any number of
/// containers. <see cref="Wait"/> makes the usual ones; derive from this type to add another.
/// </summary>
public abstract record WaitStrategy
{
    private readonly TimeSpan? _timeout;

    /// <summary>
    /// The awaited condition, as text to follow "waited 60 s for": <c>port 5432 to accept connections</c>. Must not hold secrets.
    /// </summary>
    public abstract string Description { get; }

    /// <summary>
    /// The texts that distinguish this wait from others when the ready state is kept for a warm start. They may hold secrets, since only a
    /// keyed hash of them is kept. Default: the description, which is enough unless it leaves something out.
    /// </summary>
    protected internal virtual IReadOnlyList<string> CacheKeyParts => [Description];

    /// <summary>
    /// The longest time this wait may take; <see langword="null"/>, the default: as long as the start timeout allows. It never extends the
    /// start timeout. See <see cref="Wait.WithTimeout"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is zero or negative.</exception>
    public TimeSpan? Timeout
    {
        get => _timeout;
        init
        {
            if (value is { } timeout)
                ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero, nameof(Timeout));
            _timeout = value;
        }
    }

    /// <summary>
    /// Whether this can still come true after the container has exited. If so, the strategy itself has to throw
    /// <see cref="WaitFailedException"/> when it can't. Default: no, the exit ends the wait at once.
    /// </summary>
    protected internal virtual bool CompletesAfterExit => false;

    /// <summary>Waits until the condition has come true, and throws if it never will.</summary>
    /// <param name="context">The container, and the place to report observations.</param>
    /// <param name="cancellationToken">Cancelled by the caller, by a timeout, or because the wait is decided.</param>
    /// <exception cref="WaitFailedException">The condition can't come true any more, however long the wait.</exception>
    protected internal abstract Task WaitAsync(WaitContext context, CancellationToken cancellationToken);

    /// <summary>Returns the description: the members of a strategy may hold passwords, which must not reach a log.</summary>
    public sealed override string ToString() => Description;
}
