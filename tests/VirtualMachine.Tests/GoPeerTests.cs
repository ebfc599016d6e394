using System.Net.Sockets;
using System.Runtime.InteropServices;
using Islet.Agent;
using Islet.Description;
using Islet.Engine;
using Islet.Images;
using Islet.Starting;
using Islet.Testing.Peers;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachine.Tests;

/// <summary>
/// The real agent, as PID 1 of a real machine, driven by a host that shares no code with ours: gRPC's implementation for Go.
/// </summary>
public sealed class GoPeerTests : IDisposable
{
    private const int EchoPort = 7, Mebibytes = 3;

    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("islet-go-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _parent.Delete(recursive: true);

    [Fact]
    public async Task A_host_in_Go_drives_the_agent_of_a_running_container()
    {
        Assert.SkipWhen(GoPeerProgram.WhyUnavailable is not null, GoPeerProgram.WhyUnavailable ?? "");
        TestRuntime.RequireMachines();
        GoPeerProgram program = await GoPeerProgram.GetAsync();
        using RunDirectory run = RunDirectory.Create(_parent.FullName);
        using MachineDirectory directory = run.CreateMachine();

        // A machine of the library removes the path of its agent's socket once it is connected; here a second host has to connect.
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(directory.AgentSocket));
        listener.Listen(1);
        QemuProcess machine = await SpawnAsync(directory, listener);
        var console = new ConsoleLog();
        Task followed = console.FollowAsync(machine.Console, directory.ConsoleLog);
        try
        {
            await BootstrapAsync(directory.AgentSocket);
            PeerRun peer = await program.RunAsync(directory.AgentSocket, EchoPort, Mebibytes, ["echo", "one", "two"], Cancelled);

            Assert.True(peer.ExitCode == 0, $"{peer.Output}{peer.Errors}{string.Join('\n', console.LastLines(20))}");
            Assert.Equal(["GetInfo", "NoSuchMethod", "NoSuchStream", "tunnel", "deadline", "CreateProcess", "stdout", "WaitProcess"],
                peer.Steps);
        }
        finally
        {
            machine.Kill();
            await machine.Ended;
            await followed;
            machine.Monitor.Dispose();
        }
    }

    private static async Task<QemuProcess> SpawnAsync(MachineDirectory directory, Socket listener)
    {
        Image image = await TestRuntime.Instance.Engine.Images.ResolveAsync(
            ImageReference.Parse(TestImages.Debian), Platform.Host, PullPolicy.Missing, null, Cancelled);
        string disk = await TestRuntime.Instance.Engine.Disks.GetOrCreateAsync(image, Cancelled);
        GuestArtifacts guest = TestRuntime.LocateGuest();
        Qcow2Overlay.Create(directory.RootDisk, new DiskImage(disk));
        QemuBackend.Detection found = QemuBackend.Detection.OfThisHost(RuntimeInformation.OSArchitecture);
        var commandLine = new CommandLine
        {
            Machine = new VirtualMachineOptions
            {
                Name = "go-peer",
                KernelPath = guest.KernelPath,
                InitramfsPath = guest.InitramfsPath,
                Memory = MemorySize.FromMebibytes(128),
                Cpus = 1,
                RootDisk = new DiskImage(disk),
            },
            OverlayPath = directory.RootDisk,
            Accelerator = found.Accelerator,
        };
        return await QemuProcess.StartAsync(found.Installation!.Path, commandLine.ToArguments(), listener.SafeHandle);
    }

    private static async Task BootstrapAsync(string socket)
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), Cancelled);
        await using var channel = new GuestChannel(new NetworkStream(connection, ownsSocket: true));
        var agent = new AgentClient(channel);
        ContainerOptions options = TestRuntime.Idle.WithCommand("sh", "-c", EchoServer.Command(EchoPort)).Options;
        var image = new ImageConfig { Platform = Platform.Host, Env = ["PATH=/usr/bin:/usr/sbin"] };
        var process = ProcessSettings.From(options, image);
        var blueprint = ContainerBlueprint.Create(
            TestRuntime.Instance.Engine, options,
            TestRuntime.LocateGuest(),
            Digest.Parse("sha256:" + new string('0', 64)), image, process, disk: "/dev/null");
        await agent.BootstrapAsync(Bootstrap.Create(blueprint, ContainerIdentity.Create("go-peer"), start: true), Cancelled);

        // Not by connecting, because that would be the one connection that nc takes.
        string listening = $"until grep -qs ':{EchoPort:X4} .* 0A ' /proc/net/tcp /proc/net/tcp6; do sleep 0.02; done";
        await agent.CreateProcessAsync((process with { Arguments = ["sh", "-c", listening] }).ToSpec("listening", options), Cancelled);
        await agent.WaitProcessAsync("listening", Cancelled);
    }
}
