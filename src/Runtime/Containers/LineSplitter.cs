using System.Buffers;
using System.Text;

namespace Islet.Containers;

/// <summary>Cuts a byte stream into lines. A line without an end is cut at 64 KiB, so that a hostile one can't grow without bound.</summary>
internal sealed class LineSplitter(Action<string> line)
{
    private const int MaxLineBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _rest = new();

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            int room = MaxLineBytes - _rest.WrittenCount;
            if (end < 0 && bytes.Length < room)
            {
                _rest.Write(bytes);
                return;
            }

            int length = end >= 0 && end <= room ? end : room;
            Emit(bytes[..length]);
            bytes = bytes[(length == end ? length + 1 : length)..];
        }
    }

    /// <summary>The beginning of a line whose end has not come yet.</summary>
    public ReadOnlySpan<byte> Rest => _rest.WrittenSpan;

    /// <summary>The stream has ended: what is left without a line break is a line too.</summary>
    public void Complete()
    {
        if (_rest.WrittenCount > 0)
            Emit([]);
    }

    private void Emit(ReadOnlySpan<byte> end)
    {
        if (_rest.WrittenCount > 0)
        {
            _rest.Write(end);
            end = _rest.WrittenSpan;
        }

        // A terminal ends its lines with \r\n.
        line(Encoding.UTF8.GetString(end is [.., (byte)'\r'] ? end[..^1] : end));
        _rest.ResetWrittenCount();
    }
}
