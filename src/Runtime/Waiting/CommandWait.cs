namespace Islet;

/// <summary>Waits until a command inside the container ends with the expected exit code. See <see cref="Wait.ForCommand"/>.</summary>
public sealed record CommandWait : WaitStrategy
{
    internal CommandWait(IReadOnlyList<string> command)
    {
        if (command.Count == 0)
            throw new ArgumentException("A command has at least the program's name.", nameof(command));
        Command = command;
    }

    /// <summary>The program and its arguments; no shell is involved.</summary>
    public IReadOnlyList<string> Command { get; }

    /// <summary>The expected exit code. Default: 0.</summary>
    public int ExitCode { get; private init; }

    /// <summary>The description, with the program's name only: arguments may hold passwords.</summary>
    public override string Description => $"the command \"{Command[0]}\" to end with exit code {ExitCode}";

    /// <inheritdoc/>
    protected internal override IReadOnlyList<string> CacheKeyParts => [Description, .. Command];

    /// <summary>Returns the same wait for another exit code.</summary>
    public CommandWait WithExitCode(int exitCode) => this with { ExitCode = exitCode };

    /// <inheritdoc/>
    protected internal override Task WaitAsync(WaitContext context, CancellationToken cancellationToken) =>
        context.PollAsync(
            async token =>
            {
                ExecResult? result = await context.TryRunAsync(Command, token).ConfigureAwait(false);
                return result is not null && result.ExitCode == ExitCode;
            },
            cancellationToken);
}
