using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Islet.VirtualMachines.Qemu;

namespace Islet.Benchmarks;

/// <summary>QEMU's own port forwarding into a running container, as a baseline.</summary>
internal static class HostForward
{
    /// <returns>The port on 127.0.0.1.</returns>
    public static async Task<int> AddAsync(Container container, int containerPort)
    {
        // Its connections come from the address of the gateway, which a container may not answer: this lifts that here.
        await container.ExecAsync(["ip", "route", "del", "unreachable", "10.0.2.2/32"], new ExecOptions { User = "root", Privileged = true });

        int port = FreePort();
        var machine = (QemuVirtualMachine)container.Core.Machine;
        JsonElement answer = await machine.Monitor.ExecuteAsync(
            "human-monitor-command",
            new JsonObject { ["command-line"] = $"hostfwd_add network tcp:127.0.0.1:{port}-10.0.2.15:{containerPort}" });
        return answer.GetString() is null or ""
            ? port
            : throw new InvalidOperationException($"QEMU refused: {answer.GetString()}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
