using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Islet.Engine;

namespace Islet.Benchmarks;

/// <summary>The baseline of a restore, by plain QEMU: no library, and four commands on its monitor restore what it saved itself.</summary>
internal sealed class RawRestore
{
    private const string Capabilities =
        """{"execute":"migrate-set-capabilities","arguments":{"capabilities":["""
        + """{"capability":"x-ignore-shared","state":true},{"capability":"events","state":true}]}}""";

    private const string Completed = "\"status\": \"completed\"";

    private readonly GuestArtifacts _guest;
    private readonly string _directory;

    private RawRestore(GuestArtifacts guest, string directory)
    {
        _guest = guest;
        _directory = directory;
    }

    private string MemoryPath => Path.Combine(_directory, "memory");

    private string StatePath => Path.Combine(_directory, "state");

    /// <summary>Boots a machine until its agent has opened its port, and saves it.</summary>
    public static async Task<RawRestore> SaveAsync(GuestArtifacts guest, string directory)
    {
        Directory.CreateDirectory(directory);
        var raw = new RawRestore(guest, directory);
        await raw.RunAsync(restores: false, async monitor =>
        {
            await SendAsync(monitor, """{"execute":"qmp_capabilities"}""");
            await ReadUntilAsync(monitor, "VSERPORT_CHANGE");

            // QEMU reports `completed` before the shell has written everything, so the shell itself renames the finished file.
            string command = $"cat > {raw.StatePath}.partial && mv {raw.StatePath}.partial {raw.StatePath}";
            await SendAsync(monitor, Capabilities + $$$"""{"execute":"migrate","arguments":{"uri":"exec:{{{command}}}"}}""");
            await ReadUntilAsync(monitor, Completed);
            while (!File.Exists(raw.StatePath))
                await Task.Delay(1);
        });
        return raw;
    }

    /// <summary>Restores the machine, and returns the milliseconds from the spawn until it runs.</summary>
    public Task<double> RestoreAsync() => RunAsync(restores: true, async monitor =>
    {
        await SendAsync(monitor, """{"execute":"qmp_capabilities"}""" + Capabilities
            + $$$"""{"execute":"migrate-incoming","arguments":{"uri":"exec:cat {{{StatePath}}}"}}""");
        await ReadUntilAsync(monitor, Completed);
    });

    private async Task<double> RunAsync(bool restores, Func<Socket, Task> conversation)
    {
        string socketPath = Path.Combine(_directory, "monitor");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        listener.Listen(1);

        long start = Stopwatch.GetTimestamp();
        using var qemu = new Process { StartInfo = new ProcessStartInfo("qemu-system-x86_64", Arguments(socketPath, restores)) };
        qemu.Start();
        try
        {
            using var ended = new CancellationTokenSource();
            _ = qemu.WaitForExitAsync().ContinueWith(_ => ended.Cancel(), TaskScheduler.Default);
            using Socket monitor = await listener.AcceptAsync(ended.Token);
            await conversation(monitor);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        finally
        {
            qemu.Kill();
            await qemu.WaitForExitAsync();
        }
    }

    private static async Task SendAsync(Socket monitor, string commands) => await monitor.SendAsync(Encoding.UTF8.GetBytes(commands));

    private static async Task ReadUntilAsync(Socket monitor, string mark)
    {
        byte[] buffer = new byte[4096];
        var seen = new StringBuilder();
        while (!seen.ToString().Contains(mark, StringComparison.Ordinal))
        {
            int count = await monitor.ReceiveAsync(buffer);
            if (count == 0)
                throw new InvalidDataException($"QEMU ended before it had said {mark}: {seen}");
            seen.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
    }

    // The devices of one of our machines, but without a disk file and with plain sockets.
    private List<string> Arguments(string socketPath, bool restores)
    {
        List<string> arguments =
        [
            "-M", "microvm,x-option-roms=off,isa-serial=on,rtc=on,pit=on,pic=on,acpi=off,memory-backend=ram",
            "-accel", "tcg,thread=multi,tb-size=128",
            "-cpu", "max", "-smp", "1", "-m", "512M",
            "-object", $"memory-backend-file,id=ram,size=512M,mem-path={MemoryPath},share={(restores ? "off" : "on")}",
            "-kernel", _guest.KernelPath, "-initrd", _guest.InitramfsPath,
            "-append", "quiet earlycon=uart8250,io,0x3f8 console=hvc0 reboot=t panic=-1 no_timer_check random.trust_cpu=on tsc=reliable",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-chardev", $"socket,id=monitor,path={socketPath}", "-mon", "chardev=monitor,mode=control",
            "-chardev", "null,id=console,mux=on", "-serial", "chardev:console",
            "-device", "virtio-serial-device,max_ports=2", "-device", "virtconsole,chardev=console",
            "-chardev", "null,id=agent", "-device", "virtserialport,chardev=agent,id=agent,name=islet.agent",
            "-blockdev", "driver=null-co,node-name=root,size=68719476736", "-device", "virtio-blk-device,drive=root,id=root",
            "-netdev", "user,id=network,ipv6=off,restrict=off", "-device", "virtio-net-device,netdev=network,id=network",
        ];
        return restores ? [.. arguments, "-incoming", "defer"] : arguments;
    }
}
