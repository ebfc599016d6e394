using System.Buffers;

namespace Islet.Networking;

/// <summary>
/// The buffer of one direction of a connection. It starts small, because most clients of a database exchange short messages and there may
/// be thousands of them. It grows when the traffic fills it.
/// </summary>
internal sealed class PumpBuffer : IDisposable
{
    internal const int SmallestSize = 4 * 1024;
    internal const int LargestSize = 256 * 1024;
    private const int Growth = 8;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(SmallestSize);

    /// <summary>The whole buffer. Not valid after <see cref="GrowIfFilled"/>.</summary>
    public Memory<byte> Memory => _bytes;

    /// <summary>Switches to a larger buffer if the last read filled this one. The content is not kept.</summary>
    public void GrowIfFilled(int read)
    {
        if (read < _bytes.Length || _bytes.Length >= LargestSize)
            return;

        int size = Math.Min(_bytes.Length * Growth, LargestSize);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = ArrayPool<byte>.Shared.Rent(size);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
