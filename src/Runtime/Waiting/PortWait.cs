namespace Islet;

/// <summary>Waits until a process inside the container accepts connections on a TCP port. See <see cref="Wait.ForPort"/>.</summary>
internal sealed record PortWait : WaitStrategy
{
    internal PortWait(int port)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        Port = port;
    }

    /// <summary>The port inside the container.</summary>
    public int Port { get; }

    /// <inheritdoc/>
    public override string Description => $"port {Port} to accept connections";

    /// <inheritdoc/>
    protected internal override async Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
    {
        context.ReportStatus("nothing that listens inside the container");
        await context.Target.WaitForPortAsync(Port, cancellationToken).ConfigureAwait(false);
    }
}
