using Islet.Testing.Peers;

namespace Islet.Guest.Tests.Interoperability;

/// <summary>The agent's wire against implementations that share no code with ours: gRPC for Go, and gRPC for C++ as Python uses
/// it.</summary>
public sealed class PeerTests
{
    private const int Mebibytes = 64;

    private static readonly string[] s_command = ["/bin/echo", "one", "two"];

    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_in_Go_calls_streams_and_passes_64_MiB_each_way()
    {
        Assert.SkipWhen(GoPeerProgram.WhyUnavailable is not null, GoPeerProgram.WhyUnavailable ?? "");
        GoPeerProgram program = await GoPeerProgram.GetAsync();
        using var agent = new InProcessAgent();
        using var echo = new TcpEcho();

        PeerRun run = await program.RunAsync(agent.SocketPath, echo.Port, Mebibytes, s_command, TestEnd);

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal(["GetInfo", "NoSuchMethod", "NoSuchStream", "tunnel", "deadline", "CreateProcess", "stdout", "WaitProcess"],
            run.Steps);
    }

    [Fact]
    public async Task A_host_in_Python_calls_streams_and_passes_64_MiB_each_way()
    {
        Assert.SkipWhen(PythonPeerProgram.WhyUnavailable is not null, PythonPeerProgram.WhyUnavailable ?? "");
        using var agent = new InProcessAgent();
        using var echo = new TcpEcho();

        PeerRun run = await PythonPeerProgram.RunAsync(agent.SocketPath, echo.Port, Mebibytes, s_command, TestEnd);

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal(["GetInfo", "NoSuchMethod", "tunnel", "deadline", "CreateProcess", "stdout", "WaitProcess"], run.Steps);
    }
}
