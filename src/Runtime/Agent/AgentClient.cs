using Grpc.Core;
using Islet.Protocol.Agent;
using Rpc = Islet.Protocol.Agent.Agent.AgentClient;

namespace Islet.Agent;

/// <summary>
/// The host's side of agent.proto: the generated client, and a separate stream for each flow of bytes, so that a slow reader holds up no
/// other stream.
/// </summary>
/// <remarks>A refusal by the guest is an <see cref="AgentException"/>; an <see cref="IOException"/> means that the guest is gone.</remarks>
/// <param name="channel">The connection to the agent, whose owner is the caller.</param>
internal sealed partial class AgentClient(IGuestChannel channel)
{
    private readonly Rpc _rpc = new(channel.Calls);

    public Task<GetInfoResponse> GetInfoAsync(CancellationToken cancellationToken) =>
        CallAsync(_rpc.GetInfoAsync, new GetInfoRequest(), cancellationToken);

    public Task<BootstrapResponse> BootstrapAsync(BootstrapRequest request, CancellationToken cancellationToken) =>
        CallAsync(_rpc.BootstrapAsync, request, cancellationToken);

    /// <summary>Ends the machine's container, so that another can be bootstrapped.</summary>
    public Task AbandonAsync(CancellationToken cancellationToken) => CallAsync(_rpc.AbandonAsync, new AbandonRequest(), cancellationToken);

    /// <summary>Prepares a machine to be saved: no process of the container runs any more.</summary>
    public Task QuiesceAsync(CancellationToken cancellationToken) => CallAsync(_rpc.QuiesceAsync, new QuiesceRequest(), cancellationToken);

    /// <summary>
    /// Gives a restored machine its own identity, different from others restored from the same state, and resumes the container's
    /// processes.
    /// </summary>
    public Task RenewAsync(RenewRequest request, CancellationToken cancellationToken) =>
        CallAsync(_rpc.RenewAsync, request, cancellationToken);

    public Task<GetStatisticsResponse> GetStatisticsAsync(CancellationToken cancellationToken) =>
        CallAsync(_rpc.GetStatisticsAsync, new GetStatisticsRequest(), cancellationToken);

    public Task SetClockAsync(DateTimeOffset time, CancellationToken cancellationToken) => CallAsync(
        _rpc.SetClockAsync,
        new SetClockRequest { UnixNanoseconds = (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick },
        cancellationToken);

    private async Task<TResponse> CallAsync<TRequest, TResponse>(
        Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>> method, TRequest request, CancellationToken cancellationToken)
    {
        try
        {
            using AsyncUnaryCall<TResponse> call = method(request, new CallOptions(cancellationToken: cancellationToken));
            return await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RpcException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(exception);
        }
    }

    /// <param name="request">The target of the stream.</param>
    /// <param name="cancellationToken">Ends the wait, and the stream.</param>
    /// <param name="sent">Completes once the request is on its way, so that later calls come after it, or when it has failed.</param>
    internal async Task<GuestStream> OpenStreamAsync(OpenStreamRequest request, CancellationToken cancellationToken,
        TaskCompletionSource? sent = null)
    {
        try
        {
            return await AgentStream.OpenAsync(_rpc, request, sent, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException exception)
        {
            throw new GuestLostException(new IOException(exception.Message, exception));
        }
        catch (Exception exception) when (exception is RpcException or ObjectDisposedException or InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(exception);
        }
        finally
        {
            sent?.TrySetResult();
        }
    }

    /// <summary>
    /// Tells a refusal, which has no cause on this side, from the loss of the guest. A refusal's own exception has the guest's text as it
    /// came, and is left out.
    /// </summary>
    private Exception Explain(Exception exception)
    {
        if (exception is RpcException { Status: { DebugException: null } refusal } && !channel.Closed.IsCompleted)
            return new AgentException(refusal.StatusCode, refusal.Detail);
        Exception cause = (exception as RpcException)?.Status.DebugException ?? exception;
        return AgentStream.IsOverload(cause)
            ? new AgentException(StatusCode.ResourceExhausted, AgentStream.Overload, exception)
            : new GuestLostException(new IOException($"The channel to the guest has ended: {cause.Message}", exception));
    }
}
