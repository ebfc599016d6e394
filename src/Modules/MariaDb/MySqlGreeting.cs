using System.Text;

namespace Islet.Modules.MariaDb;

/// <summary>
/// The server speaks first (MySQL client/server protocol, Connection Phase: Protocol::Handshake): a packet that begins with the
/// protocol's version, 10, or with an error. While the database is made, nothing listens on the port.
/// </summary>
internal static class MySqlGreeting
{
    private const byte Handshake = 10;
    private const byte Error = 0xFF;

    public static async Task HearAsync(Stream connection, CancellationToken cancellationToken)
    {
        byte[] header = new byte[4];
        await connection.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
        byte[] packet = new byte[header[0] | header[1] << 8 | header[2] << 16];
        await connection.ReadExactlyAsync(packet, cancellationToken).ConfigureAwait(false);
        switch (packet)
        {
            case [Handshake, ..]:
                return;
            case [Error, _, _, .. byte[] message]:
                throw new NotReadyException($"the answer \"{Encoding.UTF8.GetString(message)}\"");
            default:
                throw new NotReadyException("an answer that is not MySQL's");
        }
    }
}
