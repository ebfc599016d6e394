using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Islet.Benchmarks;

/// <summary>The baseline by plain QEMU: no library, no QMP, one machine without a disk.</summary>
internal static class RawQemu
{
    /// <summary>
    /// Boots a machine, and returns the milliseconds from the spawn until the init has written its line to the virtio-serial port.
    /// </summary>
    public static async Task<double> BootAsync(string kernel, string initramfs)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("islet-raw-");
        string socketPath = Path.Combine(directory.FullName, "port");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        listener.Listen(1);

        long start = Stopwatch.GetTimestamp();
        using var qemu = new Process { StartInfo = new ProcessStartInfo("qemu-system-x86_64", Arguments(kernel, initramfs, socketPath)) };
        qemu.Start();
        try
        {
            using Socket port = await listener.AcceptAsync();
            byte[] line = new byte[16];
            int count = await port.ReceiveAsync(line);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            string text = Encoding.ASCII.GetString(line, 0, count);
            return text.StartsWith("READY", StringComparison.Ordinal)
                ? elapsed
                : throw new InvalidDataException($"The baseline's init wrote \"{text}\" instead of READY.");
        }
        finally
        {
            qemu.Kill();
            await qemu.WaitForExitAsync();
            directory.Delete(recursive: true);
        }
    }

    private static string[] Arguments(string kernel, string initramfs, string socketPath) =>
    [
        "-M", "microvm,x-option-roms=off,isa-serial=on,rtc=on,pit=on,pic=on,acpi=off", "-accel", "tcg,thread=multi,tb-size=128",
        "-cpu", "max", "-m", "512", "-smp", "1", "-kernel", kernel, "-initrd", initramfs,
        "-append", "reboot=t panic=-1 no_timer_check quiet random.trust_cpu=on tsc=reliable",
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-device", "virtio-serial-device", "-chardev", $"socket,id=port,path={socketPath}",
        "-device", "virtserialport,chardev=port,name=islet.agent",
    ];
}
