using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Islet.Networking;

/// <summary>Accepts clients until it is cancelled. A failed accept does not end the loop.</summary>
internal static class AcceptLoop
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(500);

    public static async Task RunAsync(
        Func<CancellationToken, ValueTask<Socket>> accept,
        Func<Socket, CancellationToken, ValueTask> accepted,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        TimeSpan pause = s_firstPause;
        try
        {
            while (true)
            {
                try
                {
                    Socket client = await accept(cancellationToken).ConfigureAwait(false);
                    pause = s_firstPause;
                    await accepted(client, cancellationToken).ConfigureAwait(false);
                }
                catch (SocketException exception)
                {
                    // The usual cause is a lack of descriptors or memory (EMFILE, ENFILE, ENOBUFS). The client stays in the kernel's queue,
                    // so an accept without a pause would spin until another connection is closed.
                    logger.ClientNotAccepted(exception.Message);
                    await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
                    pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
                }
            }
        }
        catch (Exception exception)
            when (cancellationToken.IsCancellationRequested && exception is OperationCanceledException or ObjectDisposedException)
        {
            // The port is closed.
        }
    }
}
