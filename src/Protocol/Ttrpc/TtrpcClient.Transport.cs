using Google.Protobuf;

namespace Islet.Protocol.Ttrpc;

public sealed partial class TtrpcClient
{
    private const int ReadBufferSize = 16 * 1024;

    private readonly Stream _transport;
    private readonly OutputBuffer _output = new();
    private readonly AsyncSignal _outputPending = new();
    private readonly MessageReader _reader = new();
    private readonly CancellationTokenSource _lifetime = new();

    /// <summary>Ends the connection; calls in progress fail.</summary>
    public async ValueTask DisposeAsync()
    {
        End(reason: null);
        await _closed.Task.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        await Task.WhenAll(ReadTransportAsync(), WriteTransportAsync()).ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        _closed.TrySetResult(_reason);
    }

    private async Task ReadTransportAsync()
    {
        byte[] buffer = new byte[ReadBufferSize];
        try
        {
            while (true)
            {
                int count = await _transport.ReadAsync(buffer, _lifetime.Token).ConfigureAwait(false);
                if (count == 0)
                    throw new EndOfStreamException("The server has closed the connection.");

                ReadOnlyMemory<byte> input = buffer.AsMemory(0, count);
                while (TryReceive(ref input))
                {
                }
            }
        }
        catch (Exception error)
        {
            // Any end of the loop fails the calls: a loop that dies silently would leave them waiting forever.
            End(error);
        }
    }

    private async Task WriteTransportAsync()
    {
        byte[] spare = [];
        try
        {
            while (true)
            {
                ReadOnlyMemory<byte> output;
                lock (_lock)
                    output = _output.Take(ref spare);

                if (output.IsEmpty)
                    await _outputPending.WaitAsync(_lifetime.Token).ConfigureAwait(false);
                else
                    await _transport.WriteAsync(output, _lifetime.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            End(error);
        }
    }

    /// <summary>Reads one message from the front of the input.</summary>
    /// <param name="input">The bytes that arrived.</param>
    /// <returns><see langword="false"/> when no message is complete.</returns>
    private bool TryReceive(ref ReadOnlyMemory<byte> input)
    {
        ReadOnlySpan<byte> rest = input.Span;
        bool isWhole = _reader.TryRead(ref rest, out MessageHeader header, out ReadOnlySpan<byte> data);
        PendingCall? call = isWhole ? Find(header.StreamId) : null;
        if (call is not null)
            Deliver(call, header, data);

        input = input[^rest.Length..];
        return isWhole;
    }

    private static void Deliver(PendingCall call, MessageHeader header, ReadOnlySpan<byte> data)
    {
        if (header.IsOversize)
        {
            call.Fail(new TtrpcException(
                StatusCode.ResourceExhausted, $"The server's reply of {header.Length} bytes is larger than ttrpc allows."));
            return;
        }

        try
        {
            if (header.Type == MessageType.Response)
                call.Receive(Response.Parser.ParseFrom(data));
            else if (header.Type == MessageType.Data)
                call.Fail(new TtrpcException(StatusCode.Internal, "The server answered a unary call with a stream."));
        }
        catch (InvalidProtocolBufferException error)
        {
            call.Fail(new TtrpcException(StatusCode.Internal, "The server's reply is malformed.", error));
        }
    }

    /// <summary>Returns the call with an id; null if its caller gave it up, and then the reply is dropped.</summary>
    private PendingCall? Find(uint id)
    {
        lock (_lock)
            return _calls.GetValueOrDefault(id);
    }

    private void End(Exception? reason)
    {
        PendingCall[] calls;
        lock (_lock)
        {
            if (_ended)
                return;

            _ended = true;
            _reason = reason;
            calls = [.. _calls.Values];
            _calls.Clear();
        }

        foreach (PendingCall call in calls)
            call.Fail(CreateEndedException());
        _lifetime.Cancel();
    }

    private IOException CreateEndedException() => _reason is null
        ? new IOException("The ttrpc connection has been closed.")
        : new IOException($"The ttrpc connection has ended: {_reason.Message}", _reason);
}
