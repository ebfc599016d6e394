using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;

namespace Islet.Modules;

/// <summary>
/// Waits until a server answers the first messages of its own protocol: ready for clients, not only listening. Until something listens on
/// the port, nothing is polled; the guest reports it.
/// </summary>
/// <param name="Product">The product whose protocol it is, for messages.</param>
/// <param name="Port">The port inside the container; it need not be published.</param>
/// <param name="Greet">
/// Sends the first messages, and throws <see cref="NotReadyException"/> when the answer is not that of a ready server.
/// </param>
internal sealed record GreetingWait(string Product, int Port, Func<Stream, CancellationToken, Task> Greet) : WaitStrategy
{
    private static readonly TimeSpan s_longestAnswer = TimeSpan.FromSeconds(10);

    /// <summary>Whether the server speaks TLS from the first byte.</summary>
    public bool Tls { get; init; }

    public override string Description => $"{Product} to serve clients on port {Port}";

    protected override async Task WaitAsync(WaitContext context, CancellationToken cancellationToken)
    {
        await context.WaitForAsync(Wait.ForPort(Port), cancellationToken).ConfigureAwait(false);
        await context.PollAsync(token => IsReadyAsync(context, token), cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> IsReadyAsync(WaitContext context, CancellationToken cancellationToken)
    {
        using var answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        answer.CancelAfter(s_longestAnswer);
        try
        {
            await ConverseAsync(context.Target, answer.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            context.ReportStatus($"a server that listens but does not answer within {s_longestAnswer.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is IOException or NotReadyException or AuthenticationException)
        {
            context.ReportStatus(exception);
        }

        return false;
    }

    private async Task ConverseAsync(IWaitTarget target, CancellationToken cancellationToken)
    {
        GuestStream connection = await target.DialAsync(Port, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (Tls)
                await ConverseSecurelyAsync(connection, cancellationToken).ConfigureAwait(false);
            else
                await Greet(connection, cancellationToken).ConfigureAwait(false);
            await LeaveAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }

    // A server that reads the end of the conversation logs no complaint, unlike one whose connection is reset.
    private static async Task LeaveAsync(GuestStream connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
            await connection.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The server has given its answer; the way in which it closes the connection does not matter.
        }
    }

    [SuppressMessage(
        "Security", "CA5359", Justification = "The connection goes into a guest on this machine; only its answer is asked for.")]
    private async Task ConverseSecurelyAsync(GuestStream connection, CancellationToken cancellationToken)
    {
        var tls = new SslStream(connection, leaveInnerStreamOpen: true, (_, _, _, _) => true);
        await using (tls.ConfigureAwait(false))
        {
            var options = new SslClientAuthenticationOptions { TargetHost = "localhost" };
            await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            await Greet(tls, cancellationToken).ConfigureAwait(false);
            await tls.ShutdownAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>A server listens and answers, but is not ready yet. The message reads after "last seen".</summary>
internal sealed class NotReadyException(string message) : Exception(message)
{
    private const int Longest = 200;

    /// <summary>
    /// Creates the exception with the answer of a server, which is in the guest: cut, and without control characters, which could command a
    /// terminal.
    /// </summary>
    public static NotReadyException Answered(string answer)
    {
        string shown = string.Concat(answer.Take(Longest).Select(character => char.IsControl(character) ? ' ' : character));
        return new NotReadyException($"the answer \"{shown}\"");
    }
}
