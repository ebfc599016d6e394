using System.Net.Sockets;
using Islet.Networking;

namespace Islet.Tests.Networking;

/// <summary>Counts the descriptors of the whole process, so no other test may run at the same time.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class DescriptorCounting;

[Collection<DescriptorCounting>]
public sealed class DescriptorLeakTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_connections_leave_no_descriptor_behind()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self/fd"), "Descriptors are counted in /proc, which only Linux has.");
        await ServeAsync(20);
        int before = Directory.GetFileSystemEntries("/proc/self/fd").Length;

        await ServeAsync(1000);

        Assert.InRange(Directory.GetFileSystemEntries("/proc/self/fd").Length, 0, before + 4);
    }

    /// <summary>Serves connections: the guest refuses a third of them; half of the others are reset, and half end in order.</summary>
    private static async Task ServeAsync(int connections)
    {
        using var guest = new LoopbackGuest();
        Task echo = guest.EchoAsync(Cancellation);
        int dials = 0;
        await using (PortForwarder forwarder = PortForwarder.Listen(80, null, token =>
            Interlocked.Increment(ref dials) % 3 == 0 ? throw new IOException("Refused.") : guest.DialAsync(token)))
        {
            for (int i = 0; i < connections; i++)
            {
                try
                {
                    using Socket client = await ForwardedClient.ConnectAsync(forwarder, Cancellation);
                    await client.SendAllAsync("x"u8.ToArray(), Cancellation);
                    await client.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation);
                    if (i % 2 == 0)
                        client.Reset();
                }
                catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
                {
                }
            }
        }

        guest.Dispose();
        await echo;
    }
}
