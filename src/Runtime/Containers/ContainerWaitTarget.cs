namespace Islet.Containers;

/// <summary>A container as wait strategies see it.</summary>
internal sealed class ContainerWaitTarget(ContainerCore container) : IWaitTarget
{
    public Task<ProcessExit> Exited => container.Process.Exited;

    public IReadOnlyList<int> PublishedPorts => container.Ports.ContainerPorts;

    public Healthcheck? Healthcheck => Healthcheck.From(container.Blueprint.ImageConfig.Healthcheck, container.Blueprint.ImageConfig.Shell);

    public int GetPort(int containerPort) => container.Ports.Get(containerPort).HostPort;

    public async ValueTask WaitForPortAsync(int containerPort, CancellationToken cancellationToken) =>
        await container.Agent.WaitPortAsync(containerPort, cancellationToken).ConfigureAwait(false);

    public async ValueTask<GuestStream> DialAsync(int containerPort, CancellationToken cancellationToken)
    {
        try
        {
            return await container.Agent.DialTcpAsync(containerPort, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    public async ValueTask<ExecResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        await container.Exec.RunAsync(command, new ExecOptions(), cancellationToken).ConfigureAwait(false);

    // A process that was started again is not ready just because its predecessor was.
    public IAsyncEnumerable<LogLine> ReadLogsAsync(CancellationToken cancellationToken) =>
        container.Log.ReadAsync(new LogOptions { Follow = true, Since = container.Status.Run.RestartedAt }, cancellationToken);
}
