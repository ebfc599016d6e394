using System.Buffers.Binary;
using System.Data.Common;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Islet.Modules.Tests.MariaDb;

/// <summary>
/// The part of the MySQL client/server protocol that a query needs: the handshake with mysql_native_password, TLS, and text results.
/// https://mariadb.com/kb/en/clientserver-protocol/
/// </summary>
internal sealed class MySqlClient : IAsyncDisposable
{
    private const byte QueryCommand = 3;
    private const byte EndOfFile = 0xFE;
    private const byte Error = 0xFF;
    private const uint Capabilities = ConnectWithDatabase | Protocol41 | SecureConnection | PluginAuthentication;
    private const uint ConnectWithDatabase = 1 << 3, Protocol41 = 1 << 9, Ssl = 1 << 11, SecureConnection = 1 << 15,
        PluginAuthentication = 1 << 19;

    private readonly TcpClient _socket = new();
    private Stream _stream = Stream.Null;
    private byte _sequence;

    private MySqlClient()
    {
    }

    /// <summary>Connects by a connection string; over TLS if it says so.</summary>
    public static async Task<MySqlClient> ConnectAsync(
        string connectionString, RemoteCertificateValidationCallback? validate, CancellationToken cancellationToken)
    {
        var settings = new DbConnectionStringBuilder { ConnectionString = connectionString };
        string Setting(string name) => (string)settings[name];
        var client = new MySqlClient();
        try
        {
            await client._socket.ConnectAsync(
                Setting("Server"), int.Parse(Setting("Port"), CultureInfo.InvariantCulture), cancellationToken);
            client._stream = client._socket.GetStream();
            byte[] scramble = Scramble(await client.ReadAsync(cancellationToken));
            uint capabilities = Capabilities;
            if (settings.ContainsKey("SslMode"))
            {
                Assert.Equal("VerifyFull", Setting("SslMode"));
                capabilities |= Ssl;
                await client.WriteAsync(Head(capabilities), cancellationToken);
                var tls = new SslStream(client._stream, leaveInnerStreamOpen: false, validate);
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, cancellationToken);
                client._stream = tls;
            }

            await client.WriteAsync(
                [
                    .. Head(capabilities), .. Text(Setting("User ID")), 20, .. Proof(Setting("Password"), scramble),
                    .. Text(Setting("Database")), .. Text("mysql_native_password"),
                ],
                cancellationToken);
            await client.ReadAsync(cancellationToken);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one query; returns the first column of each row.</summary>
    public async Task<IReadOnlyList<string>> QueryAsync(string sql, CancellationToken cancellationToken)
    {
        _sequence = 0;
        await WriteAsync([QueryCommand, .. Encoding.UTF8.GetBytes(sql)], cancellationToken);
        if ((await ReadAsync(cancellationToken))[0] == 0)
            return []; // OK: no result set.

        while ((await ReadAsync(cancellationToken))[0] != EndOfFile)
        {
            // The definition of a column.
        }

        List<string> rows = [];
        for (byte[] row = await ReadAsync(cancellationToken); row[0] != EndOfFile; row = await ReadAsync(cancellationToken))
            rows.Add(Encoding.UTF8.GetString(row, 1, row[0]));
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    // The handshake: version, its text, connection id, 8 bytes of scramble, filler, flags …, and 12 more bytes of scramble 31 bytes after
    // the text's end.
    private static byte[] Scramble(byte[] handshake)
    {
        int text = Array.IndexOf(handshake, (byte)0) + 1;
        return [.. handshake.AsSpan(text + 4, 8), .. handshake.AsSpan(text + 31, 12)];
    }

    private static byte[] Proof(string password, byte[] scramble)
    {
#pragma warning disable CA5350 // The protocol's own choice.
        byte[] once = SHA1.HashData(Encoding.UTF8.GetBytes(password));
        byte[] mask = SHA1.HashData([.. scramble, .. SHA1.HashData(once)]);
#pragma warning restore CA5350
        return [.. once.Zip(mask, (left, right) => (byte)(left ^ right))];
    }

    private static byte[] Head(uint capabilities)
    {
        byte[] head = new byte[32];
        BinaryPrimitives.WriteUInt32LittleEndian(head, capabilities);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), 1 << 24);
        head[8] = 45; // utf8mb4_general_ci
        return head;
    }

    private static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    private async Task WriteAsync(byte[] payload, CancellationToken cancellationToken) => await _stream.WriteAsync(
        (byte[])[(byte)payload.Length, (byte)(payload.Length >> 8), (byte)(payload.Length >> 16), _sequence++, .. payload],
        cancellationToken);

    private async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        byte[] header = new byte[4];
        await _stream.ReadExactlyAsync(header, cancellationToken);
        _sequence = (byte)(header[3] + 1);
        byte[] payload = new byte[header[0] | header[1] << 8 | header[2] << 16];
        await _stream.ReadExactlyAsync(payload, cancellationToken);
        return payload[0] == Error
            ? throw new InvalidOperationException(Encoding.UTF8.GetString(payload.AsSpan(3)))
            : payload;
    }
}
