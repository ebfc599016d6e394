using System.Threading.Channels;
using Islet.Containers;

namespace Islet.Testing.Probes;

public sealed class IdleFixture : ContainerFixture<Container>
{
    private readonly Channel<string> _written = Channel.CreateUnbounded<string>();

    /// <summary>Waits until a line has been written to a log; MSTest does not let a test read its own.</summary>
    public async Task WrittenAsync(string line, CancellationToken cancellationToken)
    {
        while (await _written.Reader.ReadAsync(cancellationToken) != line)
        {
        }
    }

    protected override Action<string> OpenLog()
    {
        Action<string> log = base.OpenLog();
        return line =>
        {
            log(line);
            _written.Writer.TryWrite(line);
        };
    }

    protected override ContainerBuilder Configure()
    {
        Idle.Record("configured IdleFixture");
        return Idle.Builder;
    }

    protected override async Task SeedAsync(Container container, CancellationToken cancellationToken)
    {
        Idle.Record("seeded IdleFixture");
        await container.MarkAsync("seed", cancellationToken);
    }
}

public sealed class BrokenFixture : ContainerFixture<Container>
{
    protected override ContainerBuilder Configure()
    {
        Idle.Record("configured BrokenFixture");
        return Idle.Broken;
    }
}
