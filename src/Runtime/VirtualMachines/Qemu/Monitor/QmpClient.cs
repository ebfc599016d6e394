using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Islet.Native.Posix;

namespace Islet.VirtualMachines.Qemu.Monitor;

/// <summary>
/// The client of one QEMU's monitor. Several commands may be sent at the same time; an answer finds its command by its id.
/// </summary>
internal sealed class QmpClient : IAsyncDisposable
{
    // The errors of a connection whose other end is gone: EPIPE, and ECONNRESET of Linux.
    private const int BrokenPipe = 32;
    private const int ConnectionReset = 104;

    private static readonly TimeSpan s_whileFull = TimeSpan.FromMilliseconds(1);

    private readonly Stream _stream;
    private readonly Action<QmpEvent> _onEvent;
    private readonly QmpLines _lines = new();
    private readonly byte[] _buffer = new byte[4096];
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<long, PendingCommand> _pending = [];
    private readonly CancellationTokenSource _closing = new();
    private Task _receiving = Task.CompletedTask;
    private Exception? _closed;
    private long _lastId;
    private long _heard;

    private QmpClient(Stream stream, Action<QmpEvent> onEvent)
    {
        _stream = stream;
        _onEvent = onEvent;
    }

    /// <summary>The version in QEMU's greeting.</summary>
    public Version Version { get; private set; } = new();

    /// <summary>Whether a command has not been answered yet.</summary>
    public bool IsAnswerAwaited
    {
        get
        {
            lock (_lock)
                return _pending.Count > 0;
        }
    }

    /// <summary>The number of received messages.</summary>
    public long Heard => Volatile.Read(ref _heard);

    /// <summary>Completes when the last message has been read and its event reported. Never faults.</summary>
    public Task Closed => _receiving;

    /// <summary>Reads the greeting and leaves the negotiation mode.</summary>
    /// <param name="stream">The monitor's connection. The client owns it from here on, even when this fails.</param>
    /// <param name="onEvent">Receives every event, in order, from the loop that reads: it must not wait for a command's answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QmpProtocolException">The peer is not a QEMU monitor, or it is gone.</exception>
    public static async Task<QmpClient> ConnectAsync(Stream stream, Action<QmpEvent> onEvent, CancellationToken cancellationToken = default)
    {
        var client = new QmpClient(stream, onEvent);
        try
        {
            QmpMessage first = await client.ReadAsync(cancellationToken).ConfigureAwait(false) ??
                throw new QmpProtocolException("QEMU's monitor closed before it had greeted.");
            client.Version = first is QmpMessage.Greeting greeting
                ? greeting.Version
                : throw new QmpProtocolException("QEMU's monitor did not begin with its greeting.");
            client._receiving = client.DeliverAllAsync();
            await client.ExecuteAsync("qmp_capabilities", cancellationToken: cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a command and returns its result.</summary>
    /// <exception cref="QmpException">QEMU refused the command.</exception>
    /// <exception cref="QmpProtocolException">The monitor is gone.</exception>
    public Task<JsonElement> ExecuteAsync(string command, JsonObject? arguments = null, CancellationToken cancellationToken = default) =>
        ExecuteAsync(command, arguments, null, cancellationToken);

    /// <summary>Runs a command that takes a descriptor (<c>getfd</c>, <c>add-fd</c>). QEMU gets a copy; the caller keeps its own.</summary>
    /// <exception cref="QmpException">QEMU refused the command.</exception>
    /// <exception cref="QmpProtocolException">The monitor is gone.</exception>
    public async Task<JsonElement> ExecuteAsync(
        string command, JsonObject? arguments, SafeHandle? descriptor, CancellationToken cancellationToken = default)
    {
        var pending = new PendingCommand(command);
        long id;
        lock (_lock)
        {
            if (_closed is not null)
                throw new QmpProtocolException($"QEMU's monitor is gone; '{command}' could not be sent.", _closed);
            id = ++_lastId;
            _pending.Add(id, pending);
        }

        try
        {
            await SendAsync(Encode(id, command, arguments), descriptor, cancellationToken).ConfigureAwait(false);
            return await pending.Answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is IOException or ObjectDisposedException or Win32Exception { NativeErrorCode: BrokenPipe or ConnectionReset })
        {
            throw new QmpProtocolException($"QEMU's monitor is gone; '{command}' could not be sent.", exception);
        }
        catch (Win32Exception exception)
        {
            throw new QmpProtocolException($"A file could not be sent to QEMU with '{command}': {exception.Message}.", exception);
        }
        finally
        {
            lock (_lock)
                _pending.Remove(id);
        }
    }

    /// <summary>Closes the connection; pending commands fail. QEMU itself continues to run.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }

    private static byte[] Encode(long id, string command, JsonObject? arguments)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("execute", command);
            if (arguments is not null)
            {
                json.WritePropertyName("arguments");
                arguments.WriteTo(json);
            }

            json.WriteNumber("id", id);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private async Task SendAsync(byte[] message, SafeHandle? descriptor, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // QEMU takes the descriptor that came last before the command's end. A space before a command means nothing.
            if (descriptor is not null)
            {
                Socket socket = ((NetworkStream)_stream).Socket;
                while (!Descriptors.TrySend(socket.SafeHandle, (byte)' ', descriptor))
                    await Task.Delay(s_whileFull, cancellationToken).ConfigureAwait(false);
            }

            // Half a command would spoil every later one, so a write that has begun is not cancelled.
            await _stream.WriteAsync(message, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task DeliverAllAsync()
    {
        Exception reason;
        try
        {
            while (await ReadAsync(_closing.Token).ConfigureAwait(false) is { } message)
            {
                Interlocked.Increment(ref _heard);
                Deliver(message);
            }

            reason = new QmpProtocolException("QEMU has closed its monitor.");
        }
        catch (Exception exception) when (exception is OperationCanceledException or QmpProtocolException)
        {
            reason = exception;
        }

        PendingCommand[] orphans;
        lock (_lock)
        {
            _closed = reason;
            orphans = [.. _pending.Values];
        }

        foreach (PendingCommand orphan in orphans)
            orphan.Answer.TrySetException(
                new QmpProtocolException($"QEMU's monitor went away before it had answered '{orphan.Command}'.", reason));
    }

    private void Deliver(QmpMessage message)
    {
        switch (message)
        {
            case QmpMessage.Event happened:
                _onEvent(happened.Value);
                break;
            case QmpMessage.Return { Id: { } id } answer when Find(id) is { } command:
                command.Answer.TrySetResult(answer.Value);
                break;
            case QmpMessage.Error { Id: { } id } refusal when Find(id) is { } command:
                command.Answer.TrySetException(new QmpException(command.Command, refusal.Class, refusal.Description));
                break;
        }
    }

    private PendingCommand? Find(long id)
    {
        lock (_lock)
            return _pending.GetValueOrDefault(id);
    }

    private async Task<QmpMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_lines.TryRead(out ReadOnlyMemory<byte> line))
                return QmpMessage.Parse(line);

            int count = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
            if (count == 0)
                return null;
            _lines.Append(_buffer.AsSpan(0, count));
        }
    }

    private async ValueTask<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw new QmpProtocolException("The connection to QEMU's monitor broke off.", exception);
        }
    }

    private sealed class PendingCommand(string command)
    {
        public string Command { get; } = command;

        public TaskCompletionSource<JsonElement> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
