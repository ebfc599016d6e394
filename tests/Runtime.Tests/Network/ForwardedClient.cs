using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Islet.Networking;

namespace Islet.Tests.Networking;

/// <summary>Operations of the tests on the sockets at either end of a forwarded connection.</summary>
internal static class ForwardedClient
{
    public static Task<Socket> ConnectAsync(PortForwarder forwarder, CancellationToken cancellationToken) =>
        ConnectAsync(new IPEndPoint(IPAddress.Loopback, forwarder.Port.HostPort), cancellationToken);

    public static async Task<Socket> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
    }

    public static async Task<byte[]> ReceiveExactlyAsync(this Socket socket, int count, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[count];
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    /// <summary>Reads to the end and returns the SHA-256 of all bytes.</summary>
    public static async Task<string> ReceiveHashAsync(this Socket socket, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken) is > 0 and int read)
            hash.AppendData(buffer, 0, read);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    public static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));

    /// <summary>Connects to a port whose guest refuses: the reset may arrive before the connect has returned.</summary>
    public static async Task AssertRefusedAsync(PortForwarder forwarder, CancellationToken cancellationToken)
    {
        Socket client;
        try
        {
            client = await ConnectAsync(forwarder, cancellationToken);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return;
        }

        using (client)
            await client.AssertResetAsync(cancellationToken);
    }

    /// <summary>Receives until the other side resets the connection, and fails if it ends in order instead.</summary>
    public static async Task AssertResetAsync(this Socket socket, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        SocketException reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken) > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }
}
