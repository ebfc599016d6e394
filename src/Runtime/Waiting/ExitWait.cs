namespace Islet;

/// <summary>Waits until the container has run to its end, with the expected exit code. See <see cref="Wait.ForExit"/>.</summary>
public sealed record ExitWait : WaitStrategy
{
    internal ExitWait()
    {
    }

    /// <summary>The expected exit code. Default: 0.</summary>
    public int ExitCode { get; private init; }

    /// <inheritdoc/>
    public override string Description => $"the container to exit with code {ExitCode}";

    /// <inheritdoc/>
    protected internal override bool CompletesAfterExit => true;

    /// <summary>Returns the same wait for another exit code.</summary>
    public ExitWait WithExitCode(int exitCode) => this with { ExitCode = exitCode };

    /// <inheritdoc/>
    protected internal override async Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
    {
        context.ReportStatus("a container that still runs");
        ProcessExit exit = await context.Target.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (exit.ExitCode != ExitCode)
        {
            throw new WaitFailedException(
                $"The container {exit}; it should have exited with code {ExitCode}. Its log should tell why.")
            {
                Exit = exit,
            };
        }
    }
}
