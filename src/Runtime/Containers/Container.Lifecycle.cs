namespace Islet;

// The state of the container and of its process.
public partial class Container
{
    /// <summary>The state of the container.</summary>
    public ContainerState State => Core.State;

    /// <summary>
    /// A task that completes when the container's process has ended. It faults, with the reason, if the machine has crashed.
    /// </summary>
    /// <remarks>A restart, or a roll-back of a container that had stopped, makes a new task.</remarks>
    public Task<ProcessExit> Exited => Core.Process.Exited;

    /// <summary>The exit code of the container's process; <see langword="null"/> while it runs, or if its machine crashed.</summary>
    public int? ExitCode => Exited is { IsCompletedSuccessfully: true } exited ? exited.Result.ExitCode : null;

    /// <summary>Halts the whole machine: no process runs, no connection is answered, and the container's clock stands still.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    public Task PauseAsync(CancellationToken cancellationToken = default) =>
        Core.PauseAsync(cancellationToken);

    /// <summary>
    /// Lets a paused machine continue, with its clock set right: to the host's time, or as far from it as <see cref="SetClockAsync"/> has
    /// set it.
    /// </summary>
    /// <exception cref="InvalidContainerStateException">The container is not paused.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    public Task ResumeAsync(CancellationToken cancellationToken = default) =>
        Core.ResumeAsync(cancellationToken);

    /// <summary>Sends a signal to the container's process.</summary>
    /// <exception cref="InvalidContainerStateException">The container is not running.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    public Task SendSignalAsync(ContainerSignal signal, CancellationToken cancellationToken = default) =>
        Core.Process.SignalAsync(signal, cancellationToken);

    /// <summary>
    /// Asks the container's process to end, and kills it if it has not ended after the grace period. Its files can still be read
    /// until the container is disposed, and <see cref="StartAsync(CancellationToken)"/> starts it again. A container that has stopped
    /// already is left as it is. A machine that hangs, so that it does not carry out even SIGKILL within 5 seconds, is ended.
    /// </summary>
    /// <param name="gracePeriod">The time to wait before SIGKILL. Default: 10 seconds.</param>
    /// <param name="signal">The signal to send first. Default: the builder's, else the image's STOPSIGNAL, else SIGTERM.</param>
    /// <param name="cancellationToken">Cancels the wait; the signals that were sent stay sent.</param>
    /// <exception cref="InvalidContainerStateException">The container is paused.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    public Task StopAsync(
        TimeSpan? gracePeriod = null, ContainerSignal? signal = null, CancellationToken cancellationToken = default) =>
        Core.StopAsync(gracePeriod, signal, cancellationToken);

    /// <summary>
    /// Starts the process of a stopped container again, and waits until it is ready. Files, published ports, hostname and identity stay the
    /// same. As in Docker, the content of a tmpfs (<c>/dev/shm</c>) is gone.
    /// </summary>
    /// <remarks>
    /// <see cref="Exited"/> is a new task from then on. The log continues, and waits for log lines see only the new ones. Startup callbacks
    /// do not run again: their results are in the files. If the process does not become ready, the container is left as it is, for
    /// inspection.
    /// </remarks>
    /// <param name="cancellationToken">Cancels the wait; a process that was started runs on.</param>
    /// <exception cref="InvalidContainerStateException">The container has not stopped.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    /// <exception cref="ProcessStartException">The process can't be started; the container is stopped as before.</exception>
    /// <exception cref="IsletException">It did not become ready; see <see cref="Wait"/>.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) =>
        Core.StartAgainAsync(cancellationToken);

    /// <summary>
    /// Stops the container's process, if it runs, and starts it again: see <see cref="StopAsync"/> and
    /// <see cref="StartAsync(CancellationToken)"/>.
    /// </summary>
    /// <param name="gracePeriod">The time to wait before SIGKILL. Default: 10 seconds.</param>
    /// <param name="signal">The signal to send first. Default: the builder's, else the image's STOPSIGNAL, else SIGTERM.</param>
    /// <param name="cancellationToken">Cancels the call; signals stay sent, and a started process runs on.</param>
    /// <exception cref="InvalidContainerStateException">The container is paused.</exception>
    /// <exception cref="ContainerEndedException">The machine has ended, or the container was disposed.</exception>
    /// <exception cref="ProcessStartException">The process can't be started; the container is stopped.</exception>
    /// <exception cref="IsletException">It did not become ready; see <see cref="Wait"/>.</exception>
    public Task RestartAsync(
        TimeSpan? gracePeriod = null, ContainerSignal? signal = null, CancellationToken cancellationToken = default) =>
        Core.RestartAsync(gracePeriod, signal, cancellationToken);

    /// <summary>
    /// Ends the machine and removes everything it had on the host. Operations under way in it fail. Further calls have no effect.
    /// </summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Core.DisposeAsync();
    }
}
