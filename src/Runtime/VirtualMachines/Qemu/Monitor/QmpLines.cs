namespace Islet.VirtualMachines.Qemu.Monitor;

/// <summary>Cuts the bytes from the monitor into lines. Holds at most one line of bounded length.</summary>
/// <param name="maxLength">The longest accepted line, in bytes.</param>
internal sealed class QmpLines(int maxLength = QmpLines.DefaultMaxLength)
{
    /// <summary>The default limit, 1 MiB: far above the answer to any command that Islet sends.</summary>
    public const int DefaultMaxLength = 1024 * 1024;

    private byte[] _bytes = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>Adds bytes in the order in which they arrived.</summary>
    /// <exception cref="QmpProtocolException">A line is longer than allowed.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        int pending = _end - _start;
        if (_bytes.Length - _end < bytes.Length)
        {
            byte[] target = pending + bytes.Length <= _bytes.Length ? _bytes : new byte[(pending + bytes.Length) * 2];
            _bytes.AsSpan(_start, pending).CopyTo(target);
            (_bytes, _start, _end) = (target, 0, pending);
        }

        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Reads the next complete line, without its end. Valid until the next <see cref="Append"/>.</summary>
    /// <exception cref="QmpProtocolException">The line is longer than allowed, whether or not its end has come.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        while (true)
        {
            ReadOnlySpan<byte> pending = _bytes.AsSpan(_start, _end - _start);
            int length = pending.IndexOf((byte)'\n');
            if ((length < 0 ? pending.Length : length) > maxLength)
                throw new QmpProtocolException($"QEMU's monitor sent a line of more than {maxLength} bytes.");

            line = default;
            if (length < 0)
                return false;

            int start = _start;
            _start += length + 1;
            while (length > 0 && pending[length - 1] is (byte)'\r' or (byte)' ')
                length--;
            if (length == 0)
                continue;

            line = _bytes.AsMemory(start, length);
            return true;
        }
    }
}
