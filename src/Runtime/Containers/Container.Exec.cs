namespace Islet;

public partial class Container
{
    /// <summary>Runs a command in the container and waits for its end.</summary>
    /// <param name="command">The program and its arguments; no shell is involved.</param>
    /// <param name="options">User, environment, working directory, streams.</param>
    /// <param name="cancellationToken">Kills the process.</param>
    /// <returns>The exit and the output of the command. A non-zero exit code is a result, not an exception.</returns>
    /// <exception cref="ProcessStartException">There is no such program, user or directory.</exception>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    public Task<ExecResult> ExecAsync(
        IReadOnlyList<string> command, ExecOptions? options = null, CancellationToken cancellationToken = default) =>
        Core.Exec.RunAsync(command, options ?? new ExecOptions(), cancellationToken);

    /// <summary>Starts a command in the container and returns with its streams open.</summary>
    /// <inheritdoc cref="ExecAsync"/>
    public Task<ContainerProcess> StartProcessAsync(
        IReadOnlyList<string> command, ProcessOptions? options = null, CancellationToken cancellationToken = default) =>
        Core.Exec.StartAsync(command, options ?? new ProcessOptions(), stdin: true, cancellationToken);

    /// <summary>
    /// Opens the standard input of the container's own process, if <see cref="ContainerBuilder{TBuilder, TContainer}.WithOpenStdin"/> kept
    /// it open.
    /// </summary>
    public Task<GuestStream> OpenStdinAsync(CancellationToken cancellationToken = default) =>
        Core.Process.OpenStdinAsync(cancellationToken);
}
