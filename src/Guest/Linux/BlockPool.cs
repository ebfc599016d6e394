namespace Islet.Guest.Linux;

/// <summary>
/// The memory for bytes that wait for descriptors of one loop, in blocks of one size: nothing is copied when a queue grows, and no large
/// arrays leave holes in the agent's heap, which has 48 MiB. The limit is more than the streams may hold
/// (<see cref="Islet.Protocol.Http2.Http2Limits.MaxHeld"/>), which are reset first; it counts bytes whose stream is gone as well.
/// </summary>
internal sealed class BlockPool
{
    public const int BlockSize = 16 * 1024;

    private const int Limit = 24 * 1024 * 1024 / BlockSize;
    private const int MostKept = 64;

    private readonly Stack<byte[]> _free = new();
    private int _used;

    /// <summary>Returns a block, or null when all are in use.</summary>
    public byte[]? TryTake()
    {
        if (_used == Limit)
            return null;
        _used++;
        return _free.TryPop(out byte[]? block) ? block : GC.AllocateUninitializedArray<byte>(BlockSize);
    }

    public void Return(byte[] block)
    {
        _used--;
        if (_free.Count < MostKept)
            _free.Push(block);
    }
}
