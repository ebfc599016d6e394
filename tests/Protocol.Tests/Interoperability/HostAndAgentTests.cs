using System.Net.Sockets;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;
using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Interoperability;

/// <summary>The whole stack from end to end: the host's channel and client, the guest's state machines, and a real socket.</summary>
public sealed class HostAndAgentTests : IAsyncLifetime
{
    private readonly InProcessAgent _agent = new();
    private YamuxChannel _channel = null!;
    private TtrpcClient _client = null!;

    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_agent.SocketPath));
        _channel = new YamuxChannel(new NetworkStream(socket, ownsSocket: true));
        _client = new TtrpcClient(await _channel.OpenStreamAsync(TestEnd));
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _channel.DisposeAsync();
        await _agent.Ended;
        _agent.Dispose();
    }

    [Fact]
    public async Task Calls_and_streams_work_together()
    {
        Assert.Equal("in-process", (await CallAsync(AgentMethods.GetInfo, new GetInfoRequest(), GetInfoResponse.Parser)).AgentVersion);

        var spec = new ProcessSpec { Id = "p", Arguments = { "/bin/echo", "hello" } };
        var create = new CreateProcessRequest { Process = spec, Start = true };
        await CallAsync(AgentMethods.CreateProcess, create, CreateProcessResponse.Parser);
        await using GuestStream stdout = await _channel.OpenRawStreamAsync(
            new OpenStreamRequest { Stdio = new StdioStream { ProcessId = "p", Channel = StdioStream.Types.Channel.Stdout } }, TestEnd);
        Assert.Equal("hello\n", await new StreamReader(stdout, leaveOpen: true).ReadToEndAsync(TestEnd));
        ProcessExit exit = await CallAsync(AgentMethods.WaitProcess, new WaitProcessRequest { Id = "p" }, ProcessExit.Parser);

        Assert.Equal(0, exit.ExitCode);
    }

    [Fact]
    public async Task Errors_of_the_agent_arrive_with_their_code()
    {
        TtrpcException unknown = await Assert.ThrowsAsync<TtrpcException>(
            () => CallAsync("NoSuchMethod", new GetInfoRequest(), GetInfoResponse.Parser));
        TtrpcException missing = await Assert.ThrowsAsync<TtrpcException>(
            () => CallAsync(AgentMethods.WaitProcess, new WaitProcessRequest { Id = "nobody" }, ProcessExit.Parser));
        TtrpcException refused = await Assert.ThrowsAsync<TtrpcException>(
            () => _channel.OpenRawStreamAsync(new OpenStreamRequest { ReadTar = new ReadTarStream { Path = "/" } }, TestEnd).AsTask());

        Assert.Equal(
            [StatusCode.Unimplemented, StatusCode.NotFound, StatusCode.Unimplemented], [unknown.Code, missing.Code, refused.Code]);
    }

    [Fact]
    public async Task A_tunnel_passes_the_half_close_on()
    {
        using var echo = new TcpEcho();
        await using GuestStream tunnel = await _channel.OpenRawStreamAsync(
            new OpenStreamRequest { Dial = new DialStream { Address = "127.0.0.1", Port = (uint)echo.Port } }, TestEnd);

        await tunnel.WriteAsync("through"u8.ToArray(), TestEnd);
        await tunnel.CompleteWritesAsync(TestEnd);

        Assert.Equal("through", await new StreamReader(tunnel, leaveOpen: true).ReadToEndAsync(TestEnd));
    }

    private Task<TResponse> CallAsync<TRequest, TResponse>(
        string method, TRequest request, Google.Protobuf.MessageParser<TResponse> parser)
        where TRequest : Google.Protobuf.IMessage<TRequest>
        where TResponse : Google.Protobuf.IMessage<TResponse> =>
        _client.CallAsync(AgentMethods.Service, method, request, parser, TestEnd);
}
