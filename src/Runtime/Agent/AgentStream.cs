using Google.Protobuf;
using Grpc.Core;
using Islet.Diagnostics;
using Islet.Protocol.Agent;
using Islet.Protocol.Http2;

namespace Islet.Agent;

/// <summary>A flow of bytes to or from the guest: one call of OpenStream.</summary>
internal sealed class AgentStream : GuestStream
{
    // The reason comes from the guest: it may have any length and any content.
    private const int LongestReason = 1000;

    /// <summary>The reason for the reset of a stream that <see cref="IsOverload"/> tells.</summary>
    public static readonly string Overload = $"The agent keeps no more than {Http2Limits.MaxHeld >> 20} MiB for all receivers in the "
        + "container that do not read what is sent to them.";

    private readonly AsyncDuplexStreamingCall<StreamFrame, StreamFrame> _call;
    private Task<bool>? _next;
    private ReadOnlyMemory<byte> _received;
    private bool _remoteClosed;
    private bool _localClosed;
    private volatile bool _aborted;
    private volatile bool _disposed;

    private AgentStream(AsyncDuplexStreamingCall<StreamFrame, StreamFrame> call) => _call = call;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>Opens a stream and waits until the agent confirms that it is open.</summary>
    /// <param name="agent">The agent's client.</param>
    /// <param name="request">The target of the stream.</param>
    /// <param name="sent">Completes once the request is on its way, so that later calls come after it.</param>
    /// <param name="cancellationToken">Ends the wait, and the stream.</param>
    /// <exception cref="RpcException">The agent could not open it, and gave the reason; or the guest is gone.</exception>
    /// <exception cref="InvalidDataException">The agent's answer is none.</exception>
    public static async Task<AgentStream> OpenAsync(
        Protocol.Agent.Agent.AgentClient agent, OpenStreamRequest request, TaskCompletionSource? sent, CancellationToken cancellationToken)
    {
        AsyncDuplexStreamingCall<StreamFrame, StreamFrame> call = agent.OpenStream(new CallOptions());
        try
        {
            await call.RequestStream.WriteAsync(new StreamFrame { Open = request }, cancellationToken).ConfigureAwait(false);
            sent?.TrySetResult();
            bool isAnswered = await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false);
            return isAnswered && call.ResponseStream.Current.KindCase == StreamFrame.KindOneofCase.Opened
                ? new AgentStream(call)
                : throw new InvalidDataException("The guest answered with something that is no answer.");
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfEndedHere();
        while (_received.IsEmpty && !_remoteClosed)
            await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        int count = Math.Min(buffer.Length, _received.Length);
        _received[..count].CopyTo(buffer);
        _received = _received[count..];
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfEndedHere();
        if (_localClosed)
            throw new InvalidOperationException("The stream's writes were completed.");
        for (; !buffer.IsEmpty; buffer = buffer[Math.Min(buffer.Length, StreamFrames.MaxData)..])
        {
            // The bytes are copied before the write completes.
            ByteString data = UnsafeByteOperations.UnsafeWrap(buffer[..Math.Min(buffer.Length, StreamFrames.MaxData)]);
            await SendAsync(_call.RequestStream.WriteAsync(new StreamFrame { Data = data }, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_localClosed || _aborted || _disposed)
            return;
        _localClosed = true;
        try
        {
            // A call that is disposed of behind its completion may lose the completion, but no frame.
            await _call.RequestStream.WriteAsync(new StreamFrame { End = new StreamEnd() }, CancellationToken.None).ConfigureAwait(false);
            await _call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception
            is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // The stream is over already, which the reader sees.
        }
    }

    public override void Abort()
    {
        _aborted = true;
        End();
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _disposed = true;
            End();
        }

        base.Dispose(disposing);
    }

    private void End()
    {
        // The end fails a wait for the next frame, whose reader has gone.
        _ = _next?.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        _call.Dispose();
    }

    /// <summary>Takes the next frame. A wait that is cancelled loses nothing: the next call continues it.</summary>
    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        bool isFrame;
        try
        {
            _next ??= _call.ResponseStream.MoveNext(CancellationToken.None);
            isFrame = await _next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException or IOException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            ThrowIfEndedHere();
            throw Broken(exception);
        }

        _next = null;
        if (!isFrame || _call.ResponseStream.Current.KindCase == StreamFrame.KindOneofCase.End)
            _remoteClosed = true;
        else
            _received = _call.ResponseStream.Current.Data.Memory;
    }

    private async ValueTask SendAsync(Task sending, CancellationToken cancellationToken)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception
            is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfEndedHere();
            throw Broken(exception);
        }
    }

    /// <summary>Whether the agent has reset a stream because all together held too many received bytes.</summary>
    public static bool IsOverload(Exception? exception)
    {
        while (exception is not null and not HttpProtocolException)
            exception = exception.InnerException;
        return exception is HttpProtocolException { ErrorCode: (long)Http2Error.EnhanceYourCalm };
    }

    private void ThrowIfEndedHere()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(GuestStream));
        if (_aborted)
            throw new IOException("The stream was aborted on this side.");
    }

    private static IOException Broken(Exception exception)
    {
        // An RpcException without a cause on this side has the guest's own text, as it came.
        if (exception is RpcException { Status: { DebugException: null } refusal })
            return new IOException("The guest has ended the stream: " + HarmlessText.Line(refusal.Detail, LongestReason));
        Exception cause = (exception as RpcException)?.Status.DebugException ?? exception;
        return new IOException(IsOverload(cause)
            ? "The guest has reset the stream: " + Overload
            : $"The guest has reset the stream, or is gone: {cause.Message}", cause);
    }
}
