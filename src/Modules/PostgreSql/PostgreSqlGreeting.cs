using System.Buffers.Binary;
using System.Text;

namespace Islet.Modules.PostgreSql;

/// <summary>
/// The start of a connection, as pg_isready does it (PostgreSQL documentation, Frontend/Backend Protocol, "Start-up"). A server that is
/// still starting up, recovering or shutting down says so in its first answer. Any other answer comes from a ready server, even a refusal.
/// </summary>
internal static class PostgreSqlGreeting
{
    private const int ProtocolVersion = 3 << 16;
    private const int LongestAnswer = 64 * 1024;
    private const string CannotConnectNow = "57P03";

    public static async Task SayAsync(Stream connection, string user, string database, CancellationToken cancellationToken)
    {
        await connection.WriteAsync(Startup(user, database), cancellationToken).ConfigureAwait(false);

        byte[] header = new byte[5];
        await connection.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
        int length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1)) - sizeof(int);
        switch ((char)header[0])
        {
            case 'R':
                return;
            case 'E' when length is > 0 and <= LongestAnswer:
                byte[] fields = new byte[length];
                await connection.ReadExactlyAsync(fields, cancellationToken).ConfigureAwait(false);
                if (Field(fields, 'C') == CannotConnectNow)
                    throw NotReadyException.Answered(Field(fields, 'M') ?? CannotConnectNow);
                return;
            default:
                throw new NotReadyException("an answer that is not PostgreSQL's");
        }
    }

    private static byte[] Startup(string user, string database)
    {
        byte[] parameters = Encoding.UTF8.GetBytes($"user\0{user}\0database\0{database}\0\0");
        byte[] message = new byte[8 + parameters.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), ProtocolVersion);
        parameters.CopyTo(message, 8);
        return message;
    }

    /// <summary>Returns one field of an error; each field is a letter and a text that ends with NUL.</summary>
    private static string? Field(ReadOnlySpan<byte> fields, char name)
    {
        while (fields.Length > 1 && fields.IndexOf((byte)0) is > 0 and int end)
        {
            if (fields[0] == name)
                return Encoding.UTF8.GetString(fields[1..end]);
            fields = fields[(end + 1)..];
        }

        return null;
    }
}
