using Google.Protobuf;
using Islet.Protocol;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Agent;

/// <summary>
/// The host's side of agent.proto: one ttrpc connection for calls, and a separate stream for each flow of bytes, so that a slow reader
/// holds up no other stream.
/// </summary>
/// <remarks>A refusal by the guest is an <see cref="AgentException"/>; an <see cref="IOException"/> means that the guest is gone.</remarks>
internal sealed partial class AgentClient : IAsyncDisposable
{
    private readonly IGuestChannel _channel;
    private readonly TtrpcClient _rpc;

    private AgentClient(IGuestChannel channel, TtrpcClient rpc)
    {
        _channel = channel;
        _rpc = rpc;
    }

    /// <summary>Opens the connection for calls. The caller keeps ownership of the channel.</summary>
    public static async ValueTask<AgentClient> ConnectAsync(IGuestChannel channel, CancellationToken cancellationToken) =>
        new(channel, new TtrpcClient(await channel.OpenStreamAsync(cancellationToken).ConfigureAwait(false)));

    public Task<GetInfoResponse> GetInfoAsync(CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.GetInfo, new GetInfoRequest(), GetInfoResponse.Parser, cancellationToken);

    public Task<BootstrapResponse> BootstrapAsync(BootstrapRequest request, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Bootstrap, request, BootstrapResponse.Parser, cancellationToken);

    /// <summary>Ends the machine's container, so that another can be bootstrapped.</summary>
    public Task AbandonAsync(CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Abandon, new AbandonRequest(), AbandonResponse.Parser, cancellationToken);

    /// <summary>Prepares a machine to be saved: no process of the container runs any more.</summary>
    public Task QuiesceAsync(CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Quiesce, new QuiesceRequest(), QuiesceResponse.Parser, cancellationToken);

    /// <summary>
    /// Gives a restored machine its own identity, different from others restored from the same state, and resumes the container's
    /// processes.
    /// </summary>
    public Task RenewAsync(RenewRequest request, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Renew, request, RenewResponse.Parser, cancellationToken);

    public Task<GetStatisticsResponse> GetStatisticsAsync(CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.GetStatistics, new GetStatisticsRequest(), GetStatisticsResponse.Parser, cancellationToken);

    public Task SetClockAsync(DateTimeOffset time, CancellationToken cancellationToken) => CallAsync(
        AgentMethods.SetClock,
        new SetClockRequest { UnixNanoseconds = (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick },
        SetClockResponse.Parser, cancellationToken);

    public ValueTask DisposeAsync() => _rpc.DisposeAsync();

    private Task<TResponse> CallAsync<TRequest, TResponse>(
        string method, TRequest request, MessageParser<TResponse> parser, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        CallAsync(_rpc, method, request, parser, cancellationToken);

    private static async Task<TResponse> CallAsync<TRequest, TResponse>(
        TtrpcClient rpc, string method, TRequest request, MessageParser<TResponse> parser, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        try
        {
            return await rpc.CallAsync(AgentMethods.Service, method, request, parser, cancellationToken).ConfigureAwait(false);
        }
        catch (TtrpcException exception)
        {
            throw new AgentException(exception.Code, exception.Message, exception);
        }
        catch (IOException exception)
        {
            throw new GuestLostException(exception);
        }
    }

    private async Task<GuestStream> OpenStreamAsync(OpenStreamRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await _channel.OpenRawStreamAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (TtrpcException exception)
        {
            throw new AgentException(exception.Code, exception.Message, exception);
        }
        catch (InvalidDataException exception)
        {
            throw new GuestLostException(new IOException("The guest answered with something that is no answer.", exception));
        }
        catch (IOException exception)
        {
            throw new GuestLostException(exception);
        }
    }
}
