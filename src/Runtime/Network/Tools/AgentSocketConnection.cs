using Grpc.Core;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;

namespace Islet.Networking.Tools;

/// <summary>One client of an <see cref="AgentSocket"/>. A lock stands for the agent's single thread.</summary>
internal sealed class AgentSocketConnection : IGrpcService, IDisposable
{
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(49);

    private readonly Stream _client;
    private readonly Func<CallInvoker> _agent;
    private readonly Http2ServerConnection _server;
    private readonly SemaphoreSlim _pending = new(0);
    private readonly Lock _lock = new();

    public AgentSocketConnection(Stream client, Func<CallInvoker> agent)
    {
        _client = client;
        _agent = agent;
        _server = new Http2ServerConnection(new GrpcServer(this));
    }

    /// <summary>Serves the client until it goes.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task writing = WriteAsync(either.Token);
        try
        {
            byte[] buffer = new byte[32 * 1024];
            while (await _client.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and int count)
                Do(() => _server.Receive(buffer.AsSpan(0, count)));
        }
        finally
        {
            Do(_server.Close);
            await either.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Does something with the connection's streams, and sends what comes of it.</summary>
    public void Do(Action action)
    {
        lock (_lock)
            action();
        _pending.Release();
    }

    /// <summary>The same, with a result.</summary>
    public T Ask<T>(Func<T> question)
    {
        lock (_lock)
            return question();
    }

    void IGrpcService.Invoke(string method, ReadOnlySpan<byte> message, GrpcCall pending) =>
        throw new GrpcException(StatusCode.Unimplemented, $"there is no method {method}");

    IHttp2StreamHandler? IGrpcService.Open(string method, Http2Stream stream)
    {
        if (AgentReflectionService.Serves(method))
            return new AgentReflectionService(stream);
        return method.StartsWith(AgentMethods.Prefix, StringComparison.Ordinal)
            && method.AsSpan(AgentMethods.Prefix.Length).IndexOfAnyExcept(s_letters) < 0
            ? new ForwardedCall(this, stream, _agent(), method[AgentMethods.Prefix.Length..])
            : null;
    }

    IDisposable IGrpcService.After(TimeSpan time, Action expired) =>
        // A client that waits for longer than a timer can may as well wait forever.
        new Timer(_ => Expire(expired), null, time < s_longestTimer ? time : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    // The semaphore has no handle, and calls that are still under way may release it.
    public void Dispose() => _client.Dispose();

    private static readonly System.Buffers.SearchValues<char> s_letters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private void Expire(Action expired)
    {
        try
        {
            Do(expired);
        }
        catch (Exception)
        {
            // An exception of a timer would end the process. It ends this client instead.
            _client.Dispose();
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _pending.WaitAsync(cancellationToken).ConfigureAwait(false);
            byte[] output = Ask(TakeOutput);
            if (output.Length > 0)
                await _client.WriteAsync(output, cancellationToken).ConfigureAwait(false);
        }
    }

    private byte[] TakeOutput()
    {
        byte[] output = _server.Output.ToArray();
        _server.AdvanceOutput(output.Length);
        if (_server.Relieve())
            _pending.Release();
        return output;
    }
}
