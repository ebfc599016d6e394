using System.Text;

namespace Islet.Modules;

/// <summary>One line of a text protocol.</summary>
internal static class AnswerLine
{
    private const int Longest = 512;

    /// <summary>Reads up to the first line end, which is not returned; a line longer than 512 bytes is cut there.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection first.</exception>
    public static async Task<string> ReadAsync(Stream connection, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[Longest];
        int filled = 0;
        while (filled < Longest && !buffer.AsSpan(0, filled).Contains((byte)'\n'))
        {
            int count = await connection.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            if (count == 0)
                throw new EndOfStreamException("a server that closes the connection instead of answering");
            filled += count;
        }

        string text = Encoding.ASCII.GetString(buffer, 0, filled);
        return text.Split('\n')[0].TrimEnd('\r');
    }
}
