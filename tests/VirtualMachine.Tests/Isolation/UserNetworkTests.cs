using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Islet.Engine;
using Islet.Native.Posix;
using Islet.Networking.Outbound;
using Islet.Testing.Support;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;
using Islet.VirtualMachines.Qemu.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Islet.VirtualMachine.Tests.Isolation;

/// <summary>
/// The gate in front of the real user-mode network, without a guest: the test plays the network card. It shows which addresses lead to the
/// host's loopback without a filter, and that the filter blocks all of them.
/// </summary>
public sealed class UserNetworkTests : IDisposable
{
    // Each of them is the host's loopback to QEMU, or was in an older version.
    private static readonly string[] s_ways =
    [
        "10.0.2.2", "127.0.0.1", "0.0.0.0", "255.255.255.255", "10.0.2.4", "10.0.2.77", "10.0.2.254", "10.0.2.255",
    ];

    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("islet-slirp-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _parent.Delete(recursive: true);

    [Fact]
    public async Task The_filter_leaves_no_way_to_the_hosts_loopback_and_those_there_are_without_it()
    {
        using Witness loopback = Witness.On(IPAddress.Loopback), allowed = Witness.On(HostAddress.Require());
        await loopback.CheckAsync(Cancelled);

        await SendAsync(_ => FrameVerdict.Pass, loopback.Port, allowed);
        Assert.Contains("UDP 10.0.2.2", loopback.Seen);
        Assert.Contains("UDP 127.0.0.1", loopback.Seen);
        Assert.Contains("a connection", loopback.Seen);

        await loopback.CheckAsync(Cancelled);
        await SendAsync(FrameFilter.Judge, loopback.Port, allowed);
        Assert.Empty(loopback.Seen);
    }

    // Ends when an allowed address was reached, through the same card and after all others.
    private async Task SendAsync(FrameJudge judge, int port, Witness allowed)
    {
        TestRuntime.RequireMachines();
        await allowed.CheckAsync(Cancelled);
        using RunDirectory run = RunDirectory.Create(_parent.FullName);
        using MachineDirectory directory = run.CreateMachine();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(directory.AgentSocket));
        listener.Listen(1);
        QemuProcess machine = await SpawnAsync(directory, listener);
        using SocketPair pair = SocketPair.CreateOfMessages();
        using Socket card = pair.TakeOurs(), gate = new(new SafeSocketHandle(pair.Theirs.DangerousGetHandle(), ownsHandle: false));
        OutboundGate.Open(gate, machine.Network.Outside, judge, NullLogger.Instance);
        try
        {
            await card.SendAsync(GuestFrame.Arp("10.0.2.2"), Cancelled);
            for (int attempt = 0; attempt < 10; attempt++)
            {
                for (int i = 0; i < s_ways.Length; i++)
                {
                    await card.SendAsync(GuestFrame.Datagram(s_ways[i], port, $"UDP {s_ways[i]}", sourcePort: 41000 + i), Cancelled);
                    await card.SendAsync(GuestFrame.Syn(s_ways[i], port, sourcePort: 42000 + i), Cancelled);
                }

                await Task.Delay(50, Cancelled);
            }

            while (!allowed.Seen.Contains("control"))
            {
                await card.SendAsync(GuestFrame.Datagram(allowed.Address.ToString(), allowed.Port, "control"), Cancelled);
                await Task.Delay(50, Cancelled);
            }

            await Task.Delay(200, Cancelled);
        }
        finally
        {
            machine.Kill();
            await machine.Ended;
            machine.Monitor.Dispose();
            machine.Console.Dispose();
            machine.Network.Dispose();
        }
    }

    // The machine runs so that its network does; it does not matter what the kernel does.
    private static async Task<QemuProcess> SpawnAsync(MachineDirectory directory, Socket listener)
    {
        GuestArtifacts guest = TestRuntime.LocateGuest();
        Qcow2Overlay.Create(directory.RootDisk, null);
        var commandLine = new CommandLine
        {
            Machine = new VirtualMachineOptions
            {
                Name = "slirp",
                KernelPath = guest.KernelPath,
                InitramfsPath = guest.InitramfsPath,
                Memory = MemorySize.FromMebibytes(128),
                Cpus = 1,
            },
            OverlayPath = directory.RootDisk,
            Accelerator = new Accelerator(false, ""),
        };
        QemuInstallation installation = QemuInstallation.Find(
            Architecture.X64, null, Environment.GetEnvironmentVariable("PATH")!, out string reason)
            ?? throw new InvalidOperationException(reason);
        return await QemuProcess.StartAsync(installation.Path, commandLine.ToArguments(), listener.SafeHandle);
    }
}
