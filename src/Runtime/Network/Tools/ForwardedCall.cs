using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Grpc.Core;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;

namespace Islet.Networking.Tools;

/// <summary>A call of a client of an <see cref="AgentSocket"/>, whose messages are passed on to the agent and back as they are.</summary>
[SuppressMessage("Design", "CA1001",
    Justification = "Neither the cancellation source nor the semaphore has a timer or a handle, and Lost may come when all else is over.")]
internal sealed class ForwardedCall : IHttp2StreamHandler
{
    private static readonly Marshaller<byte[]> s_bytes = Marshallers.Create(static message => message, static message => message);

    private readonly AgentSocketConnection _connection;
    private readonly Http2Stream _stream;
    private readonly CallInvoker _agent;
    private readonly Method<byte[], byte[]> _method;
    private readonly MessageGatherer _gatherer = new();
    private readonly Channel<byte[]> _messages = Channel.CreateUnbounded<byte[]>();
    private readonly CancellationTokenSource _lost = new();
    private readonly SemaphoreSlim _opened = new(0);

    public ForwardedCall(AgentSocketConnection connection, Http2Stream stream, CallInvoker agent, string method)
    {
        _connection = connection;
        _stream = stream;
        _agent = agent;

        // On the wire a unary call is a stream of one message.
        _method = new Method<byte[], byte[]>(MethodType.DuplexStreaming, AgentMethods.Prefix.Trim('/'), method, s_bytes, s_bytes);
        _ = Task.Run(RunAsync);
    }

    void IHttp2StreamHandler.Received(ReadOnlySpan<byte> data)
    {
        _gatherer.Add(data);
        while (_gatherer.TryTake(out byte[] message))
            _messages.Writer.TryWrite(message);
        if (_gatherer.IsBroken)
        {
            _stream.Finish(StatusCode.ResourceExhausted, "a message is compressed, or too large");
            ((IHttp2StreamHandler)this).Lost();
        }

        // Half a message is gathered further; a whole one gets room again once it is passed on.
        _stream.Grant(_gatherer.TakeUncounted());
    }

    void IHttp2StreamHandler.RemoteClosed() => _messages.Writer.TryComplete();

    void IHttp2StreamHandler.Lost()
    {
        _lost.Cancel();
        _messages.Writer.TryComplete();
    }

    void IHttp2StreamHandler.SendWindowOpened() => _opened.Release();

    private async Task RunAsync()
    {
        (StatusCode code, string message) = (StatusCode.OK, "");
        try
        {
            using AsyncDuplexStreamingCall<byte[], byte[]> call = _agent.AsyncDuplexStreamingCall(_method, null,
                new CallOptions(cancellationToken: _lost.Token));
            Task sending = SendAsync(call.RequestStream);
            while (await call.ResponseStream.MoveNext(_lost.Token).ConfigureAwait(false))
                await ReturnAsync(call.ResponseStream.Current).ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (RpcException exception)
        {
            (code, message) = (exception.StatusCode, exception.Status.Detail);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException)
        {
            (code, message) = (StatusCode.Unavailable, "the container's machine is gone");
        }

        _connection.Do(() =>
        {
            if (code == StatusCode.OK)
                _stream.Finish(stopsClient: true);
            else
                _stream.Finish(code, message);
        });
    }

    private async Task SendAsync(IClientStreamWriter<byte[]> agent)
    {
        await foreach (byte[] message in _messages.Reader.ReadAllAsync(_lost.Token).ConfigureAwait(false))
        {
            await agent.WriteAsync(message).ConfigureAwait(false);
            _connection.Do(() =>
            {
                _stream.Consume(message.Length);
                _stream.Release(GrpcMessages.PrefixSize);
            });
        }

        await agent.CompleteAsync().ConfigureAwait(false);
    }

    private async Task ReturnAsync(byte[] message)
    {
        while (_connection.Ask(() => !_stream.IsGone && _stream.SendWindow(0) == 0))
            await _opened.WaitAsync(_lost.Token).ConfigureAwait(false);
        byte[] prefix = new byte[GrpcMessages.PrefixSize];
        GrpcMessages.WritePrefix(prefix, message.Length);
        _connection.Do(() =>
        {
            _stream.SendHeaders();
            _stream.Write(prefix, message);
        });
    }
}
