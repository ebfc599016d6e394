using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Islet.VirtualMachines;

namespace Islet.Benchmarks;

/// <summary>
/// Compares a container's way out, whose frames this process judges, with the user network of a plain QEMU with the same kernel and disk:
/// the rate of bulk bytes in both directions and the round trip of one byte, to a server on an address of the host.
/// </summary>
internal sealed class OutboundBenchmark : IBenchmark
{
    private const int BulkMebibytes = 24;
    private const int BulkRuns = 7;
    private const int EchoRuns = 200;

    public string Name => "outbound";

    public async Task RunAsync(Report report)
    {
        IPAddress host = AddressOfHost() ?? throw new InvalidOperationException("This host has no IPv4 address besides its loopback's.");
        using var ours = new Servers(host);
        using var raw = new Servers(host);
        await using Container container = await new ContainerBuilder(LocalImages.Reference("debian"))
            .WithCommand("sh", "-c", ours.Clients).StartAsync();
        VirtualMachineOptions machine = container.Core.Blueprint.Machine;
        await using var plain = RawForward.Start(machine.KernelPath, machine.RootDisk!.Path, raw.Clients);

        // In turn, so that a machine whose speed drifts affects both equally.
        List<double> ourDownloads = [], ourUploads = [], rawDownloads = [], rawUploads = [];
        for (int run = -1; run < BulkRuns; run++)
        {
            double rawDownload = await raw.DownloadAsync(), ourDownload = await ours.DownloadAsync();
            double rawUpload = await raw.UploadAsync(), ourUpload = await ours.UploadAsync();
            if (run < 0)
                continue;

            rawDownloads.Add(rawDownload);
            ourDownloads.Add(ourDownload);
            rawUploads.Add(rawUpload);
            ourUploads.Add(ourUpload);
        }

        report.Add("outbound-download-raw", "MiB/s", rawDownloads);
        report.Add("outbound-download", "MiB/s", ourDownloads);
        report.Add("outbound-upload-raw", "MiB/s", rawUploads);
        report.Add("outbound-upload", "MiB/s", ourUploads);
        report.Add("outbound-echo-raw", "ms", await raw.EchoAsync());
        report.Add("outbound-echo", "ms", await ours.EchoAsync());
    }

    private static IPAddress? AddressOfHost() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(card => card.OperationalStatus == OperationalStatus.Up && card.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(card => card.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork);

    /// <summary>
    /// Servers for one guest, whose clients connect again and again. A server that does not accept keeps its client waiting.
    /// </summary>
    private sealed class Servers(IPAddress host) : IDisposable
    {
        private readonly TcpListener _download = Listen(host), _upload = Listen(host), _echo = Listen(host);

        /// <summary>The shell commands that run in the guest.</summary>
        public string Clients => $"while :; do busybox nc {Target(_download)} </dev/null >/dev/null; done & "
            + $"while :; do dd if=/dev/zero bs=65536 count={BulkMebibytes * 16} 2>/dev/null | busybox nc {Target(_upload)}; done & "
            + $"while :; do busybox nc {Target(_echo)} -e cat; done & wait";

        /// <summary>Sends bulk bytes to the guest, and returns the MiB per second until it has read all of them.</summary>
        public async Task<double> DownloadAsync()
        {
            byte[] buffer = new byte[256 * 1024];
            using Socket client = await _download.AcceptSocketAsync();
            long start = Stopwatch.GetTimestamp();
            for (int sent = 0; sent < BulkMebibytes << 20; sent += buffer.Length)
                await client.SendAsync(buffer);
            client.Shutdown(SocketShutdown.Send);
            while (await client.ReceiveAsync(buffer) > 0)
            {
                // The guest's client closes the connection when it has read everything.
            }

            return BulkMebibytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        /// <summary>Receives bulk bytes from the guest, and returns the MiB per second.</summary>
        public async Task<double> UploadAsync()
        {
            byte[] buffer = new byte[256 * 1024];
            using Socket client = await _upload.AcceptSocketAsync();
            long start = Stopwatch.GetTimestamp(), bytes = 0;
            while (bytes < BulkMebibytes << 20 && await client.ReceiveAsync(buffer) is > 0 and int count)
                bytes += count;
            return bytes == BulkMebibytes << 20
                ? BulkMebibytes / Stopwatch.GetElapsedTime(start).TotalSeconds
                : throw new InvalidDataException($"{bytes} bytes came instead of {BulkMebibytes} MiB.");
        }

        /// <summary>Returns the round trips of one byte, in milliseconds.</summary>
        public async Task<List<double>> EchoAsync()
        {
            using Socket client = await _echo.AcceptSocketAsync();
            client.NoDelay = true;
            byte[] one = new byte[1];
            List<double> samples = [];
            for (int run = -10; run < EchoRuns; run++)
            {
                long start = Stopwatch.GetTimestamp();
                await client.SendAsync(one);
                if (await client.ReceiveAsync(one) != 1)
                    throw new InvalidDataException("The guest's client ended.");
                if (run >= 0)
                    samples.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return samples;
        }

        public void Dispose()
        {
            _download.Dispose();
            _upload.Dispose();
            _echo.Dispose();
        }

        private static TcpListener Listen(IPAddress address)
        {
            var listener = new TcpListener(address, 0);
            listener.Start();
            return listener;
        }

        private static string Target(TcpListener server) =>
            $"{((IPEndPoint)server.LocalEndpoint).Address} {((IPEndPoint)server.LocalEndpoint).Port}";
    }
}
