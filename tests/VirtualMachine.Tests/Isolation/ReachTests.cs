using System.Net;
using Islet.Networking.Outbound;

namespace Islet.VirtualMachine.Tests.Isolation;

/// <summary>
/// Targets that a container must not reach, tried from inside in every way that tests/Support/Reach knows: TCP, UDP, packets with their own
/// headers, whole frames, broadcast, multicast, bound to the card, around routes, from other sources. There are two barriers, and each
/// holds alone.
/// </summary>
public sealed class ReachTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Neither_root_nor_another_user_reaches_the_host_or_another_container(bool network)
    {
        await using Container other = await TestRuntime.Idle.WithPort(8080)
            .WithCommand("sh", "-c", EchoServer.Command(8080)).WaitUntil(Wait.ForPort(8080)).StartTestAsync();
        using var attack = await Attack.PrepareAsync(other.GetPort());
        var judge = new RecordedJudge(passesAll: false);
        await using ContainerRuntime runtime = RuntimeWith(judge);
        await using Container container = await attack.StartAsync(runtime, builder => network ? builder : builder.WithoutNetwork());

        await attack.RunAsync(container, "root", network);
        await attack.RunAsync(container, "nobody", network);

        // Frames that the guest drops do not reach the host.
        Assert.Empty(judge.Refused);
        Assert.Equal(network, judge.Passed > 0);
        Assert.Equal("still there", await EchoServer.AskAsync(other, 8080, "still there", Cancelled));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_guests_rules_hold_without_the_hosts_filter(bool network)
    {
        using var attack = await Attack.PrepareAsync();
        var judge = new RecordedJudge(passesAll: true);
        await using ContainerRuntime runtime = new() { Engine = { JudgeOf = _ => judge.Judge } };
        await using Container container = await attack.StartAsync(runtime, builder => network ? builder : builder.WithoutNetwork());

        await attack.RunAsync(container, "root", network);
        await attack.RunAsync(container, "nobody", network);

        Assert.Empty(judge.Refused);
        Assert.Equal(network, judge.Passed > 0);
    }

    [Theory]
    [InlineData(true, "NET_ADMIN")]
    [InlineData(false, "NET_ADMIN")]
    [InlineData(true, "privileged")]
    [InlineData(false, "privileged")]
    public async Task The_hosts_filter_holds_when_the_guests_rules_are_gone(bool network, string power)
    {
        using var attack = await Attack.PrepareAsync();
        var judge = new RecordedJudge(passesAll: false);
        await using ContainerRuntime runtime = RuntimeWith(judge);
        await using Container container = await attack.StartAsync(runtime, builder =>
        {
            builder = power == "privileged" ? builder.WithPrivileged() : builder.WithCapabilities(power);
            return network ? builder : builder.WithoutNetwork();
        });

        string report = await attack.RunAsync(container, "root", network, breaks: true);

        // The rules were really gone: frames have left the card, and with a network the filter had to refuse some of each kind.
        Assert.Contains("rules: Success", report, StringComparison.Ordinal);
        Assert.Contains("link: Success", report, StringComparison.Ordinal);
        Assert.DoesNotContain("sent 0\n", report, StringComparison.Ordinal);
        foreach (FrameVerdict expected in network
            ? [FrameVerdict.Destination, FrameVerdict.Source, FrameVerdict.Neighbour]
            : Array.Empty<FrameVerdict>())
            Assert.Contains(judge.Refused, refused => refused.StartsWith($"{expected}:", StringComparison.Ordinal));
        Assert.Equal(network, judge.Passed > 0);
    }

    [Fact]
    public async Task A_checkpoint_a_fork_and_a_roll_back_have_both_barriers()
    {
        using var attack = await Attack.PrepareAsync();
        var judge = new RecordedJudge(passesAll: false);
        await using ContainerRuntime runtime = RuntimeWith(judge);
        await using Container container = await attack.StartAsync(runtime, builder => builder.WithCheckpoints());
        await using Checkpoint checkpoint = await container.CheckpointAsync(Cancelled);
        await attack.RunAsync(container, "root", network: true);

        await using Container fork = await checkpoint.ForkAsync(Cancelled);
        await attack.RunAsync(fork, "root", network: true);
        await container.RollBackAsync(checkpoint, Cancelled);
        await attack.RunAsync(container, "root", network: true);

        Assert.Empty(judge.Refused);
        Assert.True(judge.Passed > 0);
    }

    private static ContainerRuntime RuntimeWith(RecordedJudge judge) =>
        new() { Engine = { JudgeOf = options => options.Network ? judge.Judge : null } };

    /// <summary>The listeners that must not be reached, and the one that may be reached.</summary>
    private sealed class Attack : IDisposable
    {
        private readonly Witness _loopback = Witness.On(IPAddress.Loopback), _allowed;
        private readonly int _otherPort;

        private Attack(IPAddress allowed, int otherPort)
        {
            _allowed = Witness.On(allowed);
            _otherPort = otherPort;
        }

        public static async Task<Attack> PrepareAsync(int otherPort = 0)
        {
            TestRuntime.RequireMachines();
            var attack = new Attack(HostAddress.Require(), otherPort);
            await attack._loopback.CheckAsync(Cancelled);
            await attack._allowed.CheckAsync(Cancelled);
            return attack;
        }

        public async Task<Container> StartAsync(ContainerRuntime runtime, Func<ContainerBuilder, ContainerBuilder> configure) =>
            await configure(TestRuntime.Idle.WithFile(ReachProgram.Path, ReachProgram.Content, (UnixFileMode)0b111_101_101))
                .StartAsync(runtime, Cancelled);

        /// <summary>Runs the program; it must not have reached anything except the control address.</summary>
        public async Task<string> RunAsync(Container container, string user, bool network, bool breaks = false)
        {
            string ports = string.Join(' ', new[] { _loopback.Port, _otherPort }.Where(port => port != 0));
            ExecResult result = await container.ExecAsync(
                ["sh", "-c", $"{ReachProgram.Path} {(breaks ? "--break" : "")} {ports} -- {_allowed.Address} {_allowed.Port}"],
                new ExecOptions { User = user }, Cancelled);
            Assert.True(result.ExitCode == 0, result.Stderr);
            Assert.Contains("tried ", result.Stdout, StringComparison.Ordinal);
            Assert.Contains(user == "root" ? "raw: yes" : "raw: no", result.Stdout, StringComparison.Ordinal);
            Assert.Contains(user == "root" ? "packet: yes" : "packet: no", result.Stdout, StringComparison.Ordinal);
            Assert.DoesNotContain("reached", result.Stdout, StringComparison.Ordinal);

            // The control attempt comes last, so everything sent earlier the same way has arrived.
            if (network)
            {
                Assert.Contains("control: answered", result.Stdout, StringComparison.Ordinal);
                Assert.Contains("control", _allowed.Seen);
            }
            else
            {
                Assert.DoesNotContain("answered", result.Stdout, StringComparison.Ordinal);
                Assert.Empty(_allowed.Seen);
            }

            Assert.Empty(_loopback.Seen);
            await _loopback.CheckAsync(Cancelled);
            await _allowed.CheckAsync(Cancelled);
            return result.Stdout;
        }

        public void Dispose()
        {
            _loopback.Dispose();
            _allowed.Dispose();
        }
    }
}
