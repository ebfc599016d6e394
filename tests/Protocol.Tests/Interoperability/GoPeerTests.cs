using System.Net.Sockets;
using Islet.Protocol.Yamux;
using Islet.Testing.GoPeer;

namespace Islet.Protocol.Tests.Interoperability;

/// <summary>The wire protocol against implementations that share no code with ours.</summary>
public sealed class GoPeerTests
{
    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_in_Go_works_with_an_agent_made_of_our_parts()
    {
        Assert.SkipWhen(GoPeerProgram.WhyUnavailable is not null, GoPeerProgram.WhyUnavailable ?? "");
        GoPeerProgram program = await GoPeerProgram.GetAsync();
        using var agent = new InProcessAgent();
        using var echo = new TcpEcho();

        GoPeerRun run = await program.RunAgainstAgentAsync(agent.SocketPath, echo.Port, ["/bin/echo", "one", "two"], TestEnd);

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal(["GetInfo", "NoSuchMethod", "tunnel", "CreateProcess", "stdout", "WaitProcess"], run.Steps);
        await agent.Ended;
    }

    [Fact]
    public async Task Our_channel_works_with_a_guest_in_Go()
    {
        Assert.SkipWhen(GoPeerProgram.WhyUnavailable is not null, GoPeerProgram.WhyUnavailable ?? "");
        GoPeerProgram program = await GoPeerProgram.GetAsync();
        string path = Path.Combine(Path.GetTempPath(), $"islet-echo-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        Task<GoPeerRun> running = program.RunEchoAsync(path, TestEnd);
        Socket socket = await listener.AcceptAsync(TestEnd);
        File.Delete(path);

        // More streams than its backlog, more bytes than its window.
        await using (var channel = new YamuxChannel(new NetworkStream(socket, ownsSocket: true)))
            await Task.WhenAll(Enumerable.Range(0, 400).Select(seed => AssertEchoAsync(channel, seed)));

        GoPeerRun run = await running;
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);

        // The 400 streams, and the one with which the channel begins.
        Assert.Equal("ok echo 401 streams", run.Output.Trim());
    }

    private static async Task AssertEchoAsync(YamuxChannel channel, int seed)
    {
        byte[] content = new byte[seed == 0 ? 2_000_000 : seed * 100];
        new Random(seed).NextBytes(content);
        await using GuestStream stream = await channel.OpenStreamAsync(TestEnd);
        Task writing = WriteAsync();
        using var echo = new MemoryStream();
        await stream.CopyToAsync(echo, TestEnd);
        await writing;
        Assert.True(content.AsSpan().SequenceEqual(echo.ToArray()), $"stream {seed} differs");

        async Task WriteAsync()
        {
            await stream.WriteAsync(content, TestEnd);
            await stream.CompleteWritesAsync(TestEnd);
        }
    }
}
