using System.Buffers;
using System.Text;

namespace Islet.Containers;

/// <summary>
/// Cuts a byte stream into lines. A line of more than 64 KiB comes in pieces, cut between characters, so that a hostile program can't make
/// it grow without bound.
/// </summary>
/// <param name="line">Receives the text of a line, and whether the line continues in the next text.</param>
internal sealed class LineSplitter(Action<string, bool> line)
{
    private const int MaxLineBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _rest = new();

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            int room = MaxLineBytes - _rest.WrittenCount;
            if (end < 0 && bytes.Length <= room)
            {
                _rest.Write(bytes);
                return;
            }

            if (end >= 0 && end <= room)
            {
                EmitLine(bytes[..end]);
                bytes = bytes[(end + 1)..];
            }
            else
            {
                EmitPiece(bytes[..room]);
                bytes = bytes[room..];
            }
        }
    }

    /// <summary>The beginning of a line whose end has not come yet.</summary>
    public ReadOnlySpan<byte> Rest => _rest.WrittenSpan;

    /// <summary>Ends the stream: a rest without a line break is a line too.</summary>
    public void Complete()
    {
        if (_rest.WrittenCount > 0)
            EmitLine([]);
    }

    private void EmitLine(ReadOnlySpan<byte> end)
    {
        if (_rest.WrittenCount > 0)
        {
            _rest.Write(end);
            end = _rest.WrittenSpan;
        }

        // A terminal ends its lines with \r\n.
        line(Encoding.UTF8.GetString(end is [.., (byte)'\r'] ? end[..^1] : end), false);
        _rest.ResetWrittenCount();
    }

    private void EmitPiece(ReadOnlySpan<byte> end)
    {
        _rest.Write(end);
        ReadOnlySpan<byte> piece = _rest.WrittenSpan;
        byte[] begun = piece[^LengthOfBegunCharacter(piece)..].ToArray();
        line(Encoding.UTF8.GetString(piece[..^begun.Length]), true);
        _rest.ResetWrittenCount();
        _rest.Write(begun);
    }

    // Returns the number of bytes at the end that begin a character in UTF-8 without completing it.
    private static int LengthOfBegunCharacter(ReadOnlySpan<byte> bytes)
    {
        for (int length = 1; length <= 3; length++)
        {
            switch (bytes[^length])
            {
                case < 0x80:
                    return 0;
                case >= 0xC0 and byte first:
                    return length < (first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2) ? length : 0;
            }
        }

        return 0;
    }
}
