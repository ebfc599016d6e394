using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Guest.Linux;

/// <summary>Network links and routes, set by the old ioctls: one structure and one call each, no netlink conversation.</summary>
internal sealed unsafe class NetworkLinks
{
    private const nuint SIOCADDRT = 0x890B, SIOCDELRT = 0x890C, SIOCGIFFLAGS = 0x8913, SIOCSIFFLAGS = 0x8914, SIOCSIFADDR = 0x8916,
        SIOCSIFNETMASK = 0x891C, SIOCSIFMTU = 0x8922, SIOCSIFHWADDR = 0x8924;
    private const ushort AF_INET = 2, ARPHRD_ETHER = 1;
    private const short IFF_UP = 1;
    private const ushort RTF_UP = 1, RTF_GATEWAY = 2, RTF_REJECT = 0x200;

    private readonly Descriptor _socket = Sockets.CreateControl();

    /// <summary>struct ifreq: a name, and a union whose largest member is a socket address.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        public fixed byte Name[16];
        public fixed byte Value[24];
    }

    /// <summary>struct rtentry on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 120)]
    private struct Route
    {
        [FieldOffset(8)] public fixed byte Destination[16];
        [FieldOffset(24)] public fixed byte Gateway[16];
        [FieldOffset(40)] public fixed byte Mask[16];
        [FieldOffset(56)] public ushort Flags;
    }

    public void SetHardwareAddress(string link, ReadOnlySpan<byte> address)
    {
        Span<byte> value = stackalloc byte[24];
        value.Clear();
        MemoryMarshal.Write(value, ARPHRD_ETHER);
        address.CopyTo(value[2..]);
        Set(link, SIOCSIFHWADDR, value, "set the MAC address of");
    }

    public void SetAddress(string link, uint address, int prefixLength)
    {
        SetInternetAddress(link, SIOCSIFADDR, address, "set the address of");
        SetInternetAddress(link, SIOCSIFNETMASK, MaskOf(prefixLength), "set the netmask of");
    }

    public void RemoveAddress(string link) => SetInternetAddress(link, SIOCSIFADDR, 0, "take the address of");

    public void SetMtu(string link, uint mtu)
    {
        Span<byte> value = stackalloc byte[24];
        value.Clear();
        MemoryMarshal.Write(value, mtu);
        Set(link, SIOCSIFMTU, value, "set the MTU of");
    }

    public void BringUp(string link) => SetUp(link, true);

    /// <summary>
    /// Takes a link down: it sends and receives nothing, and has no routes. It keeps its address, at which the machine itself still
    /// answers.
    /// </summary>
    public void BringDown(string link) => SetUp(link, false);

    private void SetUp(string link, bool isUp)
    {
        Request request = Named(link);

        // SAFETY: both calls use the short at the start of the union.
        if (Libc.ioctl(_socket.Number, SIOCGIFFLAGS, &request) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"find the link {link}");
        short* flags = (short*)request.Value;
        *flags = (short)(isUp ? *flags | IFF_UP : *flags & ~IFF_UP);
        if (Libc.ioctl(_socket.Number, SIOCSIFFLAGS, &request) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"bring {(isUp ? "up" : "down")} the link {link}");
    }

    public void AddDefaultRoute(uint gateway) => ChangeRoute(SIOCADDRT, 0, 0, gateway, RTF_UP | RTF_GATEWAY, "add the default route");

    public void RemoveDefaultRoute(uint gateway) =>
        ChangeRoute(SIOCDELRT, 0, 0, gateway, RTF_UP | RTF_GATEWAY, "remove the default route");

    /// <summary>Makes a range of addresses unreachable: a process that connects there gets an error at once.</summary>
    public void AddRejectRoute(uint address, int prefixLength) =>
        ChangeRoute(SIOCADDRT, address, prefixLength, 0, RTF_UP | RTF_REJECT, "block an address");

    public void RemoveRejectRoute(uint address, int prefixLength) =>
        ChangeRoute(SIOCDELRT, address, prefixLength, 0, RTF_UP | RTF_REJECT, "unblock an address");

    private static uint MaskOf(int prefixLength) => prefixLength == 0 ? 0 : uint.MaxValue << (32 - prefixLength);

    private void SetInternetAddress(string link, nuint request, uint address, string attempt)
    {
        Span<byte> value = stackalloc byte[24];
        value.Clear();
        WriteName(value, address);
        Set(link, request, value, attempt);
    }

    private void Set(string link, nuint operation, ReadOnlySpan<byte> value, string attempt)
    {
        Request request = Named(link);
        value.CopyTo(new Span<byte>(request.Value, 24));

        // SAFETY: the request is a whole struct ifreq.
        if (Libc.ioctl(_socket.Number, operation, &request) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), $"{attempt} the link {link}");
    }

    private void ChangeRoute(nuint operation, uint destination, int prefixLength, uint gateway, ushort flags, string attempt)
    {
        var route = new Route { Flags = flags };
        uint mask = MaskOf(prefixLength);
        WriteName(new Span<byte>(route.Destination, 16), destination & mask);
        WriteName(new Span<byte>(route.Mask, 16), mask);
        if (gateway != 0)
            WriteName(new Span<byte>(route.Gateway, 16), gateway);

        // SAFETY: the structure has the size of struct rtentry; its device pointer is null.
        if (Libc.ioctl(_socket.Number, operation, &route) < 0 && Marshal.GetLastPInvokeError() is not (Errno.EEXIST or Errno.ESRCH))
            throw new LinuxException(Marshal.GetLastPInvokeError(), attempt);
    }

    private static void WriteName(Span<byte> name, uint address)
    {
        MemoryMarshal.Write(name, AF_INET);
        BinaryPrimitives.WriteUInt32BigEndian(name[4..], address);
    }

    private static Request Named(string link)
    {
        Request request = default;
        if (Encoding.UTF8.GetByteCount(link) > 15)
            throw new LinuxException(Errno.ENODEV, $"find the link {link}");
        Encoding.UTF8.GetBytes(link, new Span<byte>(request.Name, 15));
        return request;
    }
}
