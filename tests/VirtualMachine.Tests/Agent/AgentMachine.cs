using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Islet.Agent;
using Islet.Images;
using Islet.Protocol.Agent;
using Islet.VirtualMachine.Tests.Qemu;
using Islet.VirtualMachines;
using Channel = Islet.Protocol.Agent.StdioStream.Types.Channel;

namespace Islet.VirtualMachine.Tests.Agent;

/// <summary>A machine with the debian image as its disk, in which the test talks to the agent directly.</summary>
internal sealed class AgentMachine : IAsyncDisposable
{
    private AgentMachine(IVirtualMachine machine, AgentClient agent)
    {
        Machine = machine;
        Agent = agent;
    }

    public IVirtualMachine Machine { get; }

    public AgentClient Agent { get; }

    private static CancellationToken Cancelled => QemuFixture.Cancellation;

    /// <summary>Starts a machine whose container does nothing.</summary>
    public static async Task<AgentMachine> StartAsync(QemuFixture qemu, Action<BootstrapRequest>? change = null)
    {
        AgentMachine machine = await BootAsync(qemu, await DiskAsync());
        BootstrapRequest request = Request();
        change?.Invoke(request);
        await machine.Agent.BootstrapAsync(request, Cancelled);
        return machine;
    }

    /// <summary>Boots a machine that has no container yet.</summary>
    /// <param name="qemu">The fixture that runs it.</param>
    /// <param name="disk">The disk of the image; null: an empty disk.</param>
    public static async Task<AgentMachine> BootAsync(QemuFixture qemu, string? disk = null) => Connect(await qemu.StartAsync(
        qemu.Options() with { MemoryFilePath = NewPath(qemu, "memory"), RootDisk = disk is null ? null : new DiskImage(disk) }));

    /// <summary>Returns a request for a container that does nothing.</summary>
    public static BootstrapRequest Request() => new()
    {
        Entropy = Entropy(),
        MachineId = new string('a', 32),
        Network = new Protocol.Agent.Network { Hostname = "original", Links = { new Link { Name = "eth0", Address = "10.0.2.15/24" } } },
        Root = new Root { Device = "/dev/vda", Filesystem = "ext4" },
        Process = new ProcessSpec { Id = "init", Arguments = { "sleep", "infinity" } },
        Start = true,
    };

    /// <summary>Returns the path of the debian image's disk.</summary>
    public static async Task<string> DiskAsync()
    {
        Image image = await TestRuntime.Instance.Engine.Images.ResolveAsync(
            ImageReference.Parse(TestImages.Debian), Platform.Host, cancellationToken: Cancelled);
        return await TestRuntime.Instance.Engine.Disks.GetOrCreateAsync(image, Cancelled);
    }

    public static ByteString Entropy() => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(64));

    /// <summary>Saves the machine and ends it, with its disk, so that others can be based on it.</summary>
    public async Task<(SavedMachine Saved, string Disk)> SaveAsync(QemuFixture qemu)
    {
        await Machine.Channel.DisposeAsync();
        SavedMachine saved = await Machine.SaveAsync(NewPath(qemu, "state"), cancellationToken: Cancelled);
        string disk = NewPath(qemu, "disk");
        File.Move(Machine.DiskPath, disk);
        await Machine.DisposeAsync();
        return (saved, disk);
    }

    /// <summary>Restores a clone of a saved machine; its agent has not received any call yet.</summary>
    public static async Task<AgentMachine> RestoreAsync(QemuFixture qemu, (SavedMachine Saved, string Disk) saved) =>
        await RestoreAsync(qemu, saved.Saved, new DiskImage(saved.Disk, DiskFormat.Qcow2, new DiskImage(await DiskAsync())));

    /// <summary>Restores a clone of a saved machine, with another disk instead of the saved one.</summary>
    public static async Task<AgentMachine> RestoreAsync(QemuFixture qemu, SavedMachine saved, DiskImage disk) =>
        Connect(await qemu.Backend.RestoreAsync(
            qemu.Options() with { RootDisk = disk }, saved, RestoreMode.Private, new StartupTimeline(), Cancelled));

    /// <summary>Starts a process that runs a shell script.</summary>
    public Task RunAsync(string id, string script) =>
        Agent.CreateProcessAsync(new ProcessSpec { Id = id, Arguments = { "sh", "-c", script } }, Cancelled);

    public Task<GuestStream> OpenOutputAsync(string id) => Agent.OpenStdioAsync(id, Channel.Stdout, Cancelled);

    /// <summary>Runs a script to its end, and returns its output.</summary>
    public async Task<string> AskAsync(string script)
    {
        const string Id = "question";
        await RunAsync(Id, script);
        Task<Protocol.Agent.ProcessExit> exit = Agent.WaitProcessAsync(Id, Cancelled);
        await using GuestStream output = await OpenOutputAsync(Id);
        using var reader = new StreamReader(output, Encoding.UTF8);
        string answer = await reader.ReadToEndAsync(Cancelled);
        Assert.Equal(0, (await exit).ExitCode);
        return answer;
    }

    public ValueTask DisposeAsync() => Machine.DisposeAsync();

    private static AgentMachine Connect(IVirtualMachine machine) => new(machine, new AgentClient(machine.Channel));

    private static string NewPath(QemuFixture qemu, string name) => Path.Combine(qemu.Parent, $"{Guid.NewGuid():N}.{name}");
}
