namespace Islet;

/// <summary>
/// What has to come true before a container counts as ready. Strategies are immutable and may be shared by any number of
/// containers. <see cref="Wait"/> makes the usual ones; derive from this type for one of your own.
/// </summary>
public abstract record WaitStrategy
{
    private readonly TimeSpan? _timeout;

    /// <summary>
    /// What is waited for, as it reads after "waited 60 s for": <c>port 5432 to accept connections</c>. Must not hold secrets.
    /// </summary>
    public abstract string Description { get; }

    /// <summary>
    /// What distinguishes this wait from others when the ready state is kept for a warm start; may hold secrets, since only a keyed hash
    /// of it is kept. Default: the description, which is enough unless that leaves something out.
    /// </summary>
    protected internal virtual IReadOnlyList<string> Distinction => [Description];

    /// <summary>
    /// The longest time this wait may take; <see langword="null"/>, the default: as long as the start timeout allows. The start
    /// timeout is never extended by it. See <see cref="WaitStrategyExtensions.WithTimeout"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
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
    /// Can this still come true when the container has exited? Then the strategy itself has to throw
    /// <see cref="ContainerExitedException"/> where it can't. The default is no: the exit ends the wait at once.
    /// </summary>
    protected internal virtual bool OutlivesContainer => false;

    /// <summary>Returns when it has come true, and throws when it never will.</summary>
    /// <param name="context">The container, and where to report what was seen.</param>
    /// <param name="cancellationToken">Cancelled by the caller, by a timeout, or because the wait is decided.</param>
    /// <exception cref="WaitFailedException">It can't come true any more, however long one waits.</exception>
    protected internal abstract Task WaitAsync(WaitContext context, CancellationToken cancellationToken);

    /// <summary>The description: the members of a strategy may hold passwords, which must not reach a log.</summary>
    public sealed override string ToString() => Description;
}
