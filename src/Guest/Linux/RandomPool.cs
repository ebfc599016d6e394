using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The kernel's random number generator.</summary>
internal sealed unsafe class RandomPool
{
    // Kept open from the start: it is the first thing that a machine needs after it was restored.
    private readonly Descriptor _device = Descriptor.Open("/dev/random", OpenFlags.WriteOnly);

    /// <summary>Mixes in bytes from the host and makes the generator use them at once.</summary>
    public void Add(ReadOnlySpan<byte> entropy)
    {
        const nuint RNDADDENTROPY = 0x40085203, RNDRESEEDCRNG = 0x5207;

        // struct rand_pool_info: how many bits, how many bytes, the bytes.
        var pool = new byte[8 + entropy.Length];
        MemoryMarshal.Write(pool, entropy.Length * 8);
        MemoryMarshal.Write(pool.AsSpan(4), entropy.Length);
        entropy.CopyTo(pool.AsSpan(8));

        // SAFETY: the structure carries its own length, which is that of the pinned array.
        fixed (byte* start = pool)
        {
            if (Libc.ioctl(_device.Number, RNDADDENTROPY, start) < 0)
                throw new LinuxException(Marshal.GetLastPInvokeError(), "add entropy");
        }

        // Fails while the generator has never been seeded; in that case the bytes above have just seeded it.
        _ = Libc.ioctl(_device.Number, RNDRESEEDCRNG, null);
    }
}
