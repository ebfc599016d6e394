using System.Net.Sockets;
using Islet.Networking;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.Tests.Networking;

public sealed class AcceptLoopTests
{
    [Fact]
    public async Task RunAsync_out_of_descriptors_accepts_the_next_client()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        int accepts = 0;
        Socket? accepted = null;

        await AcceptLoop.RunAsync(
            _ => ++accepts <= 2 ? throw new SocketException((int)SocketError.TooManyOpenSockets) : ValueTask.FromResult(client),
            (socket, _) =>
            {
                accepted = socket;
                stop.Cancel();
                throw new OperationCanceledException(stop.Token);
            },
            NullLogger.Instance,
            stop.Token);

        Assert.Same(client, accepted);
        Assert.Equal(3, accepts);
    }

    [Fact]
    public async Task RunAsync_cancelled_while_it_pauses_ends()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await AcceptLoop.RunAsync(
            _ =>
            {
                stop.Cancel();
                throw new SocketException((int)SocketError.TooManyOpenSockets);
            },
            (_, _) => throw new InvalidOperationException("Nothing was accepted."),
            NullLogger.Instance,
            stop.Token);
    }
}
