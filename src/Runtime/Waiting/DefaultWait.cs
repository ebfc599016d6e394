namespace Islet.Waiting;

/// <summary>The wait of a builder that sets none. See <see cref="Wait.Default"/>.</summary>
internal sealed record DefaultWait : WaitStrategy
{
    public override string Description => "the published ports to accept connections";

    protected internal override bool CompletesAfterExit => true;

    protected internal override Task WaitAsync(WaitContext context, CancellationToken cancellationToken) =>
        context.Target.PublishedPorts switch
        {
            [] => Task.CompletedTask,
            [int port] => context.WaitForAsync(Wait.ForPort(port), cancellationToken),
            IReadOnlyList<int> ports => context.WaitForAsync(Wait.ForAll([.. ports.Select(Wait.ForPort)]), cancellationToken),
        };
}
