using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Islet.Benchmarks;

/// <summary>
/// The baseline of published ports: a plain QEMU with the kernel and the disk of the container, whose user network forwards ports itself
/// (<c>hostfwd</c>).
/// </summary>
internal sealed class RawForward : IAsyncDisposable
{
    // The places of a microvm's first two devices. QEMU would add them to the end of the command line, where they are arguments of the
    // init.
    private const string Devices = "virtio_mmio.device=512@0xfeb00e00:12 virtio_mmio.device=512@0xfeb00c00:11";

    private readonly Process _qemu;

    private RawForward(Process qemu, IReadOnlyDictionary<int, int> ports)
    {
        _qemu = qemu;
        Ports = ports;
    }

    /// <summary>The ports on 127.0.0.1, by the ports in the guest.</summary>
    public IReadOnlyDictionary<int, int> Ports { get; }

    /// <summary>Starts the machine. Its servers come up some seconds later.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="disk">An ext4 file with a shell, which stays as it is.</param>
    /// <param name="servers">The shell commands that run in the guest.</param>
    /// <param name="ports">The ports in the guest to forward.</param>
    public static RawForward Start(string kernel, string disk, string servers, params IReadOnlyList<int> ports)
    {
        Dictionary<int, int> onHost = ports.ToDictionary(port => port, _ => FreePort());
        string forwards = string.Concat(onHost.Select(port => $",hostfwd=tcp:127.0.0.1:{port.Value}-10.0.2.15:{port.Key}"));
        string init = "export PATH=/usr/sbin:/usr/bin:/sbin:/bin; mount -t devtmpfs dev /dev; mount -t proc proc /proc; ip link set lo "
            + $"up; ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2; {servers}";
        Process qemu = Process.Start(new ProcessStartInfo("qemu-system-x86_64",
        [
            "-M", "microvm,x-option-roms=off,isa-serial=off,rtc=on,pit=on,pic=on,acpi=off,auto-kernel-cmdline=off",
            "-accel", "tcg,thread=multi,tb-size=128",
            "-cpu", "max", "-m", "512", "-smp", "1", "-kernel", kernel,
            "-append",
            $"{Devices} root=/dev/vda rootfstype=ext4 rw panic=-1 quiet random.trust_cpu=on tsc=reliable init=/bin/sh -- -c \"{init}\"",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-drive", $"id=root,file={disk},format=raw,if=none,snapshot=on", "-device", "virtio-blk-device,drive=root",
            "-netdev", "user,id=network" + forwards, "-device", "virtio-net-device,netdev=network",
        ]))!;
        return new RawForward(qemu, onHost);
    }

    /// <summary>Ends the machine.</summary>
    public async ValueTask DisposeAsync()
    {
        _qemu.Kill();
        await _qemu.WaitForExitAsync();
        _qemu.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
