using Google.Protobuf;
using Grpc.Core;
using Islet.Protocol.Http2;

namespace Islet.Protocol.Grpc;

/// <summary>
/// A unary call: one message, one reply. <see cref="Reply"/> or <see cref="Fail"/> ends it. Once it has ended, also because the client is
/// gone, a further answer is dropped. Not thread-safe.
/// </summary>
internal sealed class GrpcCall(IGrpcService service, string method, Http2Stream stream) : IHttp2StreamHandler
{
    private OutputBuffer? _message;
    private int _held;
    private bool _begun;

    /// <summary>Whether the call is over: answered, failed, or its client gone.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The callback that is called once if the client goes or gives up before the call has ended.</summary>
    public Action? Cancelled { get; set; }

    /// <summary>Ends the call with its result. A result over 4 MiB fails it instead.</summary>
    public void Reply(IMessage result)
    {
        int size = result.CalculateSize();
        if (size > GrpcMessages.MaxLength)
        {
            Fail(StatusCode.ResourceExhausted, $"a reply of {size} bytes is larger than {GrpcMessages.MaxLength}");
            return;
        }

        if (IsEnded)
            return;
        IsEnded = true;
        byte[] reply = new byte[GrpcMessages.PrefixSize + size];
        GrpcMessages.WritePrefix(reply, size);
        result.WriteTo(reply.AsSpan(GrpcMessages.PrefixSize));
        stream.SendHeaders();
        stream.Write(reply, []);
        stream.Finish(stopsClient: false);
    }

    /// <summary>Ends the call with an error.</summary>
    public void Fail(StatusCode code, string message)
    {
        if (IsEnded)
            return;
        IsEnded = true;
        stream.Finish(code, message, stopsClient: !_begun);
    }

    void IHttp2StreamHandler.Received(ReadOnlySpan<byte> data)
    {
        _held += data.Length;
        stream.Grant(data.Length);
        if (!_begun && !IsEnded)
            Gather(data);
        if (!_begun && !IsEnded)
            return;
        stream.Release(_held);
        _held = 0;
    }

    void IHttp2StreamHandler.RemoteClosed()
    {
        if (!_begun)
            Fail(StatusCode.InvalidArgument, "the request has no message, or half of one");
    }

    void IHttp2StreamHandler.Lost()
    {
        if (IsEnded)
            return;
        IsEnded = true;
        Cancelled?.Invoke();
    }

    void IHttp2StreamHandler.SendWindowOpened()
    {
    }

    private void Gather(ReadOnlySpan<byte> data)
    {
        if (_message is null && IsWhole(data, out int length))
        {
            Begin(data.Slice(GrpcMessages.PrefixSize, length));
            return;
        }

        if (IsEnded)
            return;

        // The buffer grows by what has arrived, not by the length in the prefix: a client must send the bytes it wants to occupy.
        _message ??= new OutputBuffer();
        _message.Append(data);
        if (IsWhole(_message.Written.Span, out length))
            Begin(_message.Written.Span.Slice(GrpcMessages.PrefixSize, length));
    }

    private bool IsWhole(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.Length < GrpcMessages.PrefixSize)
            return false;
        length = GrpcMessages.ReadPrefix(bytes);
        if (length < 0)
            Fail(StatusCode.ResourceExhausted, $"the request is compressed, or larger than {GrpcMessages.MaxLength} bytes");
        return length >= 0 && bytes.Length >= GrpcMessages.PrefixSize + length;
    }

    private void Begin(ReadOnlySpan<byte> message)
    {
        _begun = true;
        try
        {
            service.Invoke(method, message, this);
        }
        catch (GrpcException exception)
        {
            Fail(exception.Code, exception.Message);
        }
        catch (InvalidProtocolBufferException exception)
        {
            Fail(StatusCode.InvalidArgument, $"the request is malformed: {exception.Message}");
        }
        catch (Exception exception)
        {
            // One broken call must not take down the server, which is PID 1 in the guest.
            Fail(StatusCode.Unknown, $"{method} failed: {exception.Message}");
        }

        _message = null;
    }
}
