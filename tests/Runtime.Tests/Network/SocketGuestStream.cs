using System.Net.Sockets;

namespace Islet.Tests.Networking;

/// <summary>A guest stream that is a TCP connection to a server in this process: real half closes and real resets.</summary>
internal sealed class SocketGuestStream(Socket socket) : GuestStream
{
    public override bool CanRead => true;
    public override bool CanWrite => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new IOException("The guest has reset the stream.", exception);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (buffer.Length > 0)
                buffer = buffer[await socket.SendAsync(buffer, SocketFlags.None, cancellationToken)..];
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new IOException("The guest has reset the stream.", exception);
        }
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new IOException("The guest has reset the stream.", exception);
        }

        return ValueTask.CompletedTask;
    }

    public override void Abort()
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }

        socket.Dispose();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }

    protected override void Dispose(bool disposing)
    {
        socket.Dispose();
        base.Dispose(disposing);
    }
}
