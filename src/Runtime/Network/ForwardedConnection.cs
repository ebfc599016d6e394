using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Islet.Networking;

/// <summary>
/// One client of a published port, with its bytes pumped to and from a stream into the guest. Each direction ends separately: the end that
/// one side sends becomes the half close of the other, and a reset becomes a reset. Owns the client's socket and the stream.
/// </summary>
/// <remarks>
/// Each direction reads more only after the other side has taken the bytes that were read: there is no other back-pressure.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The cancellation source has no timer, and Abort may come when all else is over.")]
internal sealed class ForwardedConnection(Socket client, LinkConditions link, ILogger logger)
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private GuestStream? _guest;
    private bool _aborted;

    /// <summary>Dials the guest and pumps until both directions have ended. Never throws: an error ends only this connection.</summary>
    public async Task RunAsync(Func<CancellationToken, ValueTask<GuestStream>> dial)
    {
        try
        {
            // A small answer must not wait for the client's delayed acknowledgement of the previous one.
            client.NoDelay = true;
            GuestStream guest = await dial(_ending.Token).ConfigureAwait(false);
            Attach(guest);
            await Task.WhenAll(PumpToGuestAsync(guest), PumpToClientAsync(guest)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            logger.ClientNotConnected(exception);
            Abort();
        }

        CloseClient();
        if (_guest is not null)
            await DisposeAsync(_guest).ConfigureAwait(false);
    }

    /// <summary>
    /// Lets the guest read the end of the client's bytes, as if the client had hung up. A server can then finish the session properly.
    /// <see cref="RunAsync"/> completes once the server has closed its side too.
    /// </summary>
    public void HangUp()
    {
        if (_guest is null)
        {
            Abort();
            return;
        }

        try
        {
            client.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client is already gone.
        }
    }

    /// <summary>Resets both sides at once. Harmless at any time, from any thread.</summary>
    public void Abort()
    {
        lock (_lock)
        {
            if (_aborted)
                return;

            _aborted = true;
        }

        CloseClient();
        _guest?.Abort();
        _ending.Cancel();
    }

    private void Attach(GuestStream guest)
    {
        bool late;
        lock (_lock)
        {
            _guest = guest;
            late = _aborted;
        }

        if (late)
            guest.Abort();
    }

    private async Task PumpToGuestAsync(GuestStream guest)
    {
        using var buffer = new PumpBuffer();
        try
        {
            while (await client.ReceiveAsync(buffer.Memory, SocketFlags.None).ConfigureAwait(false) is > 0 and int read)
            {
                for (int sent = 0, portion; sent < read; sent += portion)
                {
                    portion = link.Portion(read - sent);
                    await link.PassAsync(portion, toClient: false, _ending.Token).ConfigureAwait(false);
                    await guest.WriteAsync(buffer.Memory.Slice(sent, portion)).ConfigureAwait(false);
                }

                buffer.GrowIfFilled(read);
            }

            await link.PassAsync(0, toClient: false, _ending.Token).ConfigureAwait(false);
            await guest.CompleteWritesAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Break(exception);
        }
    }

    private async Task PumpToClientAsync(GuestStream guest)
    {
        using var buffer = new PumpBuffer();
        try
        {
            while (await guest.ReadAsync(buffer.Memory).ConfigureAwait(false) is > 0 and int read)
            {
                for (int sent = 0, portion; sent < read; sent += portion)
                {
                    portion = link.Portion(read - sent);
                    await link.PassAsync(portion, toClient: true, _ending.Token).ConfigureAwait(false);
                    await SendAsync(buffer.Memory.Slice(sent, portion)).ConfigureAwait(false);
                }

                buffer.GrowIfFilled(read);
            }

            await link.PassAsync(0, toClient: true, _ending.Token).ConfigureAwait(false);
            client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception)
        {
            Break(exception);
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await client.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
    }

    private void Break(Exception cause)
    {
        logger.ConnectionReset(cause);
        Abort();
    }

    private void CloseClient()
    {
        try
        {
            // Either the aborting thread or the thread that sees its effect closes first; that one has to reset.
            if (Volatile.Read(ref _aborted))
                client.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client is already gone, so a reset would reach nothing.
        }

        client.Dispose();
    }

    private async ValueTask DisposeAsync(GuestStream guest)
    {
        try
        {
            await guest.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            logger.GuestWasGone(exception);
        }
    }
}
