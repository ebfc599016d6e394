using System.Text;

namespace Islet.Modules.MariaDb;

/// <summary>
/// Reads the server's first packet (MySQL client/server protocol, Connection Phase: Protocol::Handshake): it begins with the protocol's
/// version, 10, or with an error. While the database is being created, nothing listens on the port.
/// </summary>
internal static class MySqlGreeting
{
    /// <summary>The port on which the server listens.</summary>
    public const int Port = 3306;

    private const byte Handshake = 10;
    private const byte Error = 0xFF;
    private const int Longest = 1024;

    public static async Task HearAsync(Stream connection, CancellationToken cancellationToken)
    {
        byte[] header = new byte[4];
        await connection.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
        int length = header[0] | header[1] << 8 | header[2] << 16;
        byte[] packet = new byte[Math.Min(length, Longest)];
        await connection.ReadExactlyAsync(packet, cancellationToken).ConfigureAwait(false);
        switch (packet)
        {
            case [Handshake, ..]:
                return;
            case [Error, _, _, .. byte[] message]:
                throw NotReadyException.Answered(Encoding.UTF8.GetString(message));
            default:
                throw new NotReadyException("an answer that is not MySQL's");
        }
    }
}
