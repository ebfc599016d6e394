namespace Islet;

/// <summary>Waits until a function of the caller returns true. See <see cref="Wait.Until"/>.</summary>
internal sealed record ConditionWait : WaitStrategy
{
    private readonly Func<IWaitTarget, CancellationToken, Task<bool>> _condition;

    internal ConditionWait(string description, Func<IWaitTarget, CancellationToken, Task<bool>> condition)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(description);
        ArgumentNullException.ThrowIfNull(condition);
        Description = description;
        _condition = condition;
    }

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    protected internal override Task WaitAsync(WaitContext context, CancellationToken cancellationToken) =>
        context.PollAsync(token => IsTrueAsync(context, token), cancellationToken);

    private async Task<bool> IsTrueAsync(WaitContext context, CancellationToken cancellationToken)
    {
        try
        {
            if (await _condition(context.Target, cancellationToken).ConfigureAwait(false))
                return true;

            context.ReportStatus("the condition is false");
        }
        catch (Exception exception) when (exception is not WaitFailedException && !cancellationToken.IsCancellationRequested)
        {
            // Most conditions connect to a server, and fail until it is there.
            context.ReportStatus(exception);
        }

        return false;
    }
}
