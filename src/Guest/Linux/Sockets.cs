using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Guest.Linux;

/// <summary>Non-blocking sockets, without System.Net.Sockets, which would bring its own thread and event queue.</summary>
internal static unsafe class Sockets
{
    private const int AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_VSOCK = 40;
    private const int SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5;
    private const int NonBlocking = OpenFlags.NonBlocking | OpenFlags.CloseOnExec;

    /// <summary>Begins to connect. The result is 0, -EINPROGRESS while it continues, or another negative error number.</summary>
    public static Descriptor Connect(bool datagrams, ReadOnlySpan<byte> address, ushort port, out int result)
    {
        Span<byte> name = stackalloc byte[28];
        name = WriteInternetName(name, address, port);
        Descriptor socket = Create(address.Length == 16 ? AF_INET6 : AF_INET, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | NonBlocking);
        if (!datagrams)
            SetNoDelay(socket);
        result = Connect(socket, name);
        return socket;
    }

    /// <summary>Connects to a unix socket by a path of at most 107 bytes.</summary>
    public static Descriptor ConnectUnix(string path, out int result)
    {
        Descriptor socket = Create(AF_UNIX, SOCK_STREAM | NonBlocking);
        Span<byte> name = stackalloc byte[110];
        name.Clear();
        MemoryMarshal.Write(name, (ushort)AF_UNIX);
        Encoding.UTF8.GetBytes(path, name[2..^1]);
        result = Connect(socket, name);
        return socket;
    }

    /// <summary>
    /// Listens on an address of the machine. A process can still bind the wildcard address with the same port: Islet's kernel treats
    /// transparent listeners differently from others.
    /// </summary>
    public static Descriptor Listen(ReadOnlySpan<byte> address, ushort port)
    {
        Span<byte> name = stackalloc byte[28];
        name = WriteInternetName(name, address, port);
        Descriptor socket = Create(address.Length == 16 ? AF_INET6 : AF_INET, SOCK_STREAM | NonBlocking);

        SetTransparent(socket, address.Length == 16);

        // SAFETY: the kernel reads the pinned name's bytes only.
        fixed (byte* start = name)
        {
            if (Libc.bind(socket.Number, start, (uint)name.Length) == 0 && Libc.listen(socket.Number, 128) == 0)
                return socket;
        }

        int error = Marshal.GetLastPInvokeError();
        socket.Dispose();
        throw new LinuxException(error, $"listen on port {port}");
    }

    /// <summary>Accepts a connection over TCP; null when there is none to accept.</summary>
    public static Descriptor? TryAccept(Descriptor listener)
    {
        // SAFETY: without a buffer for the peer's name the kernel writes none.
        int number = Libc.accept4(listener.Number, null, null, NonBlocking);
        if (number < 0)
            return null;
        var socket = new Descriptor(number);
        SetNoDelay(socket);
        return socket;
    }

    /// <summary>Returns the result of a connect that was in progress: 0 or a positive error number.</summary>
    public static int TakeError(Descriptor socket)
    {
        const int SOL_SOCKET = 1, SO_ERROR = 4;
        int error = 0;
        uint length = sizeof(int);

        // SAFETY: the option is one integer.
        _ = Libc.getsockopt(socket.Number, SOL_SOCKET, SO_ERROR, &error, &length);
        return error;
    }

    /// <summary>Sends the end of the stream; reading continues.</summary>
    public static void ShutdownWrites(Descriptor socket) => _ = Libc.shutdown(socket.Number, 1);

    /// <summary>Makes closing the socket a reset, so that the peer does not take an abort for an orderly end.</summary>
    public static void ResetOnClose(Descriptor socket)
    {
        const int SOL_SOCKET = 1, SO_LINGER = 13;
        long onWithZeroSeconds = 1;
        _ = Libc.setsockopt(socket.Number, SOL_SOCKET, SO_LINGER, &onWithZeroSeconds, sizeof(long));
    }

    /// <summary>Makes two connected sockets that preserve message boundaries.</summary>
    public static (Descriptor Agent, Descriptor Child) MessagePair() => Pair(SOCK_SEQPACKET);

    /// <summary>Makes two connected byte streams, both of which block.</summary>
    public static (Descriptor, Descriptor) StreamPair() => Pair(SOCK_STREAM);

    /// <summary>Listens on vsock; returns null where the machine has none.</summary>
    public static Descriptor? TryListenVsock(uint port)
    {
        const uint VMADDR_CID_ANY = uint.MaxValue;
        int number = Libc.socket(AF_VSOCK, SOCK_STREAM | NonBlocking, 0);
        if (number < 0)
            return null;

        var socket = new Descriptor(number);
        Span<byte> name = stackalloc byte[16];
        WriteVsockName(name, VMADDR_CID_ANY, port);

        // SAFETY: the name is a sockaddr_vm of its 16 bytes.
        fixed (byte* start = name)
        {
            if (Libc.bind(number, start, (uint)name.Length) == 0 && Libc.listen(number, 128) == 0)
                return socket;
        }

        socket.Dispose();
        return null;
    }

    /// <summary>Accepts a connection with its peer's context id; null when there is none to accept.</summary>
    public static Descriptor? TryAcceptVsock(Descriptor listener, out uint contextId)
    {
        Span<byte> name = stackalloc byte[16];
        uint length = (uint)name.Length;
        int number;

        // SAFETY: the kernel writes at most `length` bytes into the pinned name.
        fixed (byte* start = name)
            number = Libc.accept4(listener.Number, start, &length, NonBlocking);
        contextId = MemoryMarshal.Read<uint>(name[8..]);
        return number >= 0 ? new Descriptor(number) : null;
    }

    // sockaddr_in: family, port, address, in 16 bytes. sockaddr_in6: family, port, flow, address, scope, in 28.
    private static Span<byte> WriteInternetName(Span<byte> name, ReadOnlySpan<byte> address, ushort port)
    {
        bool isV6 = address.Length == 16;
        name.Clear();
        MemoryMarshal.Write(name, (ushort)(isV6 ? AF_INET6 : AF_INET));
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], port);
        address.CopyTo(name[(isV6 ? 8 : 4)..]);
        return name[..(isV6 ? 28 : 16)];
    }

    // sockaddr_vm: family, reserved, port, context id, all in the machine's byte order.
    private static void WriteVsockName(Span<byte> name, uint contextId, uint port)
    {
        name.Clear();
        MemoryMarshal.Write(name, (ushort)AF_VSOCK);
        MemoryMarshal.Write(name[4..], port);
        MemoryMarshal.Write(name[8..], contextId);
    }

    private static (Descriptor, Descriptor) Pair(int type)
    {
        // SAFETY: socketpair fills exactly two integers.
        int* pair = stackalloc int[2];
        if (Libc.socketpair(AF_UNIX, type | OpenFlags.CloseOnExec, 0, pair) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "socketpair");
        return (new Descriptor(pair[0]), new Descriptor(pair[1]));
    }

    /// <summary>Makes a socket for the network ioctls.</summary>
    public static Descriptor CreateControl() => Create(AF_INET, SOCK_DGRAM | OpenFlags.CloseOnExec);

    /// <summary>Makes a socket for talking to the kernel's packet filter. It blocks: the kernel answers before the write returns.</summary>
    public static Descriptor CreateNetfilter()
    {
        const int AF_NETLINK = 16, SOCK_RAW = 3, NETLINK_NETFILTER = 12;
        return Create(AF_NETLINK, SOCK_RAW | OpenFlags.CloseOnExec, NETLINK_NETFILTER);
    }

    private static Descriptor Create(int family, int type, int protocol = 0)
    {
        int number = Libc.socket(family, type, protocol);
        return number >= 0 ? new Descriptor(number) : throw new LinuxException(Marshal.GetLastPInvokeError(), "socket");
    }

    private static int Connect(Descriptor socket, ReadOnlySpan<byte> name)
    {
        // SAFETY: the kernel reads the pinned name's bytes only.
        fixed (byte* start = name)
            return Libc.connect(socket.Number, start, (uint)name.Length) == 0 ? 0 : -Marshal.GetLastPInvokeError();
    }

    private static void SetTransparent(Descriptor socket, bool isV6)
    {
        const int IPPROTO_IP = 0, IPPROTO_IPV6 = 41, IP_TRANSPARENT = 19, IPV6_TRANSPARENT = 75;
        int on = 1;
        _ = Libc.setsockopt(socket.Number, isV6 ? IPPROTO_IPV6 : IPPROTO_IP, isV6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, &on, sizeof(int));
    }

    // A tunnel passes bytes on as it gets them; waiting for more would add a delay that the client did not ask for.
    private static void SetNoDelay(Descriptor socket)
    {
        const int IPPROTO_TCP = 6, TCP_NODELAY = 1;
        int on = 1;
        _ = Libc.setsockopt(socket.Number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(int));
    }
}
