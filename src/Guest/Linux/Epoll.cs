using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>epoll(7), edge-triggered.</summary>
/// <remarks>
/// Edge-triggered for two reasons: one registration per descriptor serves both directions for good, and a descriptor whose state can't
/// change now (a port without a host, output without a reader) costs nothing until it changes.
/// </remarks>
internal sealed class Epoll
{
    public const uint Readable = 0x001, Priority = 0x002, Writable = 0x004, Error = 0x008, HangUp = 0x010, PeerClosed = 0x2000;
    private const uint EdgeTriggered = 1u << 31;
    private const int Batch = 64;

    private readonly int _number;
    private readonly byte[] _events;

    public Epoll()
    {
        _number = Libc.epoll_create1(OpenFlags.CloseOnExec);
        if (_number < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "epoll_create");
        _events = new byte[Batch * EventSize];
    }

    // The kernel packs the structure on x86-64 only.
    private static int DataOffset => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    private static int EventSize => DataOffset + 8;

    public unsafe void Add(int descriptor, uint interest)
    {
        const int EPOLL_CTL_ADD = 1;
        Span<byte> entry = stackalloc byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, interest | EdgeTriggered);
        BinaryPrimitives.WriteInt32LittleEndian(entry[DataOffset..], descriptor);

        // SAFETY: the entry has the size and layout of this architecture's struct epoll_event.
        fixed (byte* start = entry)
        {
            if (Libc.epoll_ctl(_number, EPOLL_CTL_ADD, descriptor, start) < 0)
                throw new LinuxException(Marshal.GetLastPInvokeError(), "epoll_ctl");
        }
    }

    public unsafe void Remove(int descriptor)
    {
        const int EPOLL_CTL_DEL = 2;

        // SAFETY: no structure is passed.
        _ = Libc.epoll_ctl(_number, EPOLL_CTL_DEL, descriptor, null);
    }

    /// <summary>Waits for events, forever with a timeout of -1, and returns their number.</summary>
    public unsafe int Wait(int timeoutMilliseconds)
    {
        // SAFETY: the array has room for the batch and is pinned for the length of the call.
        fixed (byte* start = _events)
        {
            int count = Libc.epoll_wait(_number, start, Batch, timeoutMilliseconds);
            if (count >= 0)
                return count;
        }

        int error = Marshal.GetLastPInvokeError();
        return error == Errno.EINTR ? 0 : throw new LinuxException(error, "epoll_wait");
    }

    public (int Descriptor, uint Events) this[int index]
    {
        get
        {
            ReadOnlySpan<byte> entry = _events.AsSpan(index * EventSize, EventSize);
            return (BinaryPrimitives.ReadInt32LittleEndian(entry[DataOffset..]), BinaryPrimitives.ReadUInt32LittleEndian(entry));
        }
    }
}
