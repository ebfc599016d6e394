using Grpc.Core;
using Grpc.Net.Client;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Agent;

/// <summary>
/// gRPC over the one byte stream that a machine has, usually a unix socket to its virtio-serial port. It connects with the first call,
/// and never again: the stream can't be had twice.
/// </summary>
internal sealed class GuestChannel : IGuestChannel
{
    // The number of bytes that a guest may have under way on one stream. Each stream that its reader neglects keeps that much memory.
    private const int StreamWindow = 256 * 1024;

    private readonly GuestTransport _transport;
    private readonly GrpcChannel _channel;
    private int _connected;

    /// <summary>Begins a connection on a transport that an earlier host may have used: see <see cref="GuestTransport"/>.</summary>
    /// <param name="transport">The transport. The channel owns it.</param>
    public GuestChannel(Stream transport)
    {
        _transport = new GuestTransport(transport);
        _channel = GrpcChannel.ForAddress("http://islet", new GrpcChannelOptions
        {
            HttpHandler = CreateHandler(),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = GrpcMessages.MaxLength,
        });
        Calls = _channel.CreateCallInvoker();
    }

    public CallInvoker Calls { get; }

    public Task<Exception?> Closed => _transport.Closed;

    /// <summary>
    /// The number of times that bytes came from the guest. If the number does not change after <see cref="Ask"/>, the guest hangs.
    /// </summary>
    public long Heard => _transport.Heard;

    /// <summary>The number of times that bytes were sent to the guest.</summary>
    public long Sent => _transport.Sent;

    /// <summary>Asks the agent for a sign of life, which shows in <see cref="Heard"/>.</summary>
    public void Ask()
    {
        if (!Closed.IsCompleted)
            _ = AskAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _transport.CloseAsync().ConfigureAwait(false);
        _channel.Dispose();
    }

    private SocketsHttpHandler CreateHandler() => new()
    {
        ConnectCallback = (_, _) => ConnectAsync(),
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        InitialHttp2StreamWindowSize = StreamWindow,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
    };

    private async ValueTask<Stream> ConnectAsync()
    {
        if (Interlocked.Exchange(ref _connected, 1) == 0)
            return _transport;

        // The client connects again after the agent has given the connection up. The calls that are open would wait for an answer forever.
        await _transport.BreakAsync(new IOException("The agent has ended the connection.")).ConfigureAwait(false);
        throw _transport.CreateEndedException();
    }

    private async Task AskAsync()
    {
        try
        {
            using AsyncUnaryCall<GetInfoResponse> call = new Protocol.Agent.Agent.AgentClient(Calls).GetInfoAsync(new GetInfoRequest());
            await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RpcException or ObjectDisposedException or OperationCanceledException)
        {
            // An error is a sign of life as well, and the end of the channel is known anyway.
        }
    }
}
