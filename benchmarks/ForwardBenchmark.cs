using System.Diagnostics;
using System.Net.Sockets;
using Islet.VirtualMachines;

namespace Islet.Benchmarks;

/// <summary>
/// Compares a published port with the <c>hostfwd</c> of a plain QEMU with the same kernel, disk and servers: the rate of bulk bytes from
/// the guest, and the round trip of one byte.
/// </summary>
internal sealed class ForwardBenchmark : IBenchmark
{
    private const int BulkPort = 9000;
    private const int EchoPort = 9001;
    private const int BulkMebibytes = 24;
    private const int BulkRuns = 7;
    private const int EchoRuns = 200;

    public string Name => "forward";

    public async Task RunAsync(Report report)
    {
        string servers = $"while :; do busybox nc -l -p {BulkPort} -e dd if=/dev/zero bs=65536 count={BulkMebibytes * 16}; done & "
            + $"while :; do busybox nc -l -p {EchoPort} -e cat; done & wait";
        await using Container container = await new ContainerBuilder(LocalImages.Reference("debian"))
            .WithCommand("sh", "-c", servers)
            .WithPort(BulkPort).WithPort(EchoPort)
            .WaitUntil(Wait.ForAll(Wait.ForPort(BulkPort), Wait.ForPort(EchoPort)))
            .StartAsync();
        VirtualMachineOptions machine = container.Core.Blueprint.Machine;
        await using var plain = RawForward.Start(machine.KernelPath, machine.RootDisk!.Path, servers, BulkPort, EchoPort);
        int hostBulk = plain.Ports[BulkPort], hostEcho = plain.Ports[EchoPort];

        // In turn, so that a machine whose speed drifts affects both equally.
        List<double> ours = [], raw = [];
        for (int run = -1; run < BulkRuns; run++)
        {
            double slirp = await ReadAllAsync(hostBulk);
            double forwarded = await ReadAllAsync(container.GetPort(BulkPort));
            if (run < 0)
                continue;

            raw.Add(slirp);
            ours.Add(forwarded);
        }

        report.Add("forward-hostfwd", "MiB/s", raw);
        report.Add("forward", "MiB/s", ours);
        report.Add("forward-echo-hostfwd", "ms", await EchoAsync(hostEcho));
        report.Add("forward-echo", "ms", await EchoAsync(container.GetPort(EchoPort)));
    }

    // Each of the guest's servers takes one connection; until the next server listens, a connection ends without a byte.
    private static async Task<T> RetryAsync<T>(Func<Task<T?>> attempt)
        where T : struct
    {
        while (true)
        {
            try
            {
                if (await attempt() is { } result)
                    return result;
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // The connection was refused or reset: no server listens yet.
            }

            await Task.Delay(20);
        }
    }

    private static Task<double> ReadAllAsync(int port) => RetryAsync(() => TryReadAllAsync(port));

    private static async Task<double?> TryReadAllAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        byte[] buffer = new byte[256 * 1024];
        long bytes = 0;
        long start = Stopwatch.GetTimestamp();
        while (await client.Client.ReceiveAsync(buffer) is > 0 and int count)
            bytes += count;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (bytes == 0)
            return null;
        return bytes == BulkMebibytes * 1024L * 1024
            ? BulkMebibytes / seconds
            : throw new InvalidDataException($"{bytes} bytes came instead of {BulkMebibytes} MiB.");
    }

    private static async Task<List<double>> EchoAsync(int port)
    {
        List<double>? samples = null;
        await RetryAsync<bool>(async () => (samples = await TryEchoAsync(port)).Count == EchoRuns);
        return samples!;
    }

    private static async Task<List<double>> TryEchoAsync(int port)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port);
        byte[] one = new byte[1];
        List<double> samples = [];
        for (int run = -10; run < EchoRuns; run++)
        {
            one[0] = (byte)run;
            long start = Stopwatch.GetTimestamp();
            await client.Client.SendAsync(one);
            await client.GetStream().ReadExactlyAsync(one);
            if (one[0] != (byte)run)
                throw new InvalidDataException("Another byte came back.");
            if (run >= 0)
                samples.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return samples;
    }
}
