using Google.Protobuf;
using Islet.Protocol.Agent;
using Islet.Protocol.Tests.Transport;
using Islet.Protocol.Ttrpc;

namespace Islet.Protocol.Tests.Ttrpc;

public sealed class TtrpcClientTests : IAsyncDisposable
{
    private readonly SocketPair _transport = SocketPair.Create();
    private readonly MessagePeer _server;
    private readonly TtrpcClient _client;

    public TtrpcClientTests()
    {
        _server = new MessagePeer(_transport.Guest);
        _client = new TtrpcClient(_transport.Host);
    }

    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _transport.Dispose();
    }

    [Fact]
    public async Task A_call_is_sent_as_published_and_its_reply_is_read()
    {
        Task<StatResponse> call = StatAsync("/etc/passwd");

        Message message = await _server.ReadAsync(TestEnd);
        Request request = Request.Parser.ParseFrom(message.Data);
        Assert.Equal((1u, MessageType.Request, MessageFlags.None), (message.Header.StreamId, message.Header.Type, message.Header.Flags));
        Assert.Equal(("test", "Stat"), (request.Service, request.Method));
        Assert.Equal("/etc/passwd", StatRequest.Parser.ParseFrom(request.Payload).Path);

        await _server.WriteAsync(Message.Ok(1, new StatResponse { Size = 42 }), TestEnd);
        Assert.Equal(42u, (await call).Size);
    }

    [Fact]
    public async Task Many_calls_are_under_way_at_once_and_find_their_replies()
    {
        Task<StatResponse>[] calls = [.. Enumerable.Range(0, 200).Select(i => StatAsync($"{i}"))];
        var requests = new List<Message>();
        for (int i = 0; i < calls.Length; i++)
            requests.Add(await _server.ReadAsync(TestEnd));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (uint)((2 * i) + 1)), requests.Select(message => message.Header.StreamId));

        foreach (Message message in Enumerable.Reverse(requests))
        {
            string path = StatRequest.Parser.ParseFrom(Request.Parser.ParseFrom(message.Data).Payload).Path;
            await _server.WriteAsync(Message.Ok(message.Header.StreamId, new StatResponse { LinkTarget = path }), TestEnd);
        }

        StatResponse[] replies = await Task.WhenAll(calls);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), replies.Select(reply => reply.LinkTarget));
    }

    [Fact]
    public async Task An_error_of_the_server_is_thrown_with_code_and_message()
    {
        Task<StatResponse> call = StatAsync("/missing");
        var response = new Response { Status = new Status { Code = (int)StatusCode.NotFound, Message = "no such file" } };
        await _server.WriteAsync(Message.Bytes(1, MessageType.Response, MessageFlags.None, response.ToByteArray()), TestEnd);

        TtrpcException error = await Assert.ThrowsAsync<TtrpcException>(() => call);
        Assert.Equal(StatusCode.NotFound, error.Code);
        Assert.Equal("no such file", error.Message);
    }

    [Fact]
    public async Task The_late_reply_of_a_cancelled_call_harms_no_other_call()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestEnd);
        Task<StatResponse> call = _client.CallAsync("test", "Stat", new StatRequest(), StatResponse.Parser, cancellation.Token);
        await _server.ReadAsync(TestEnd);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        await _server.WriteAsync(Message.Ok(1, new StatResponse { Size = 1 }), TestEnd);
        Task<StatResponse> next = StatAsync("next");
        await _server.WriteAsync(Message.Ok(3, new StatResponse { Size = 2 }), TestEnd);
        Assert.Equal(2u, (await next).Size);
    }

    [Fact]
    public async Task A_stream_instead_of_a_reply_fails_its_call_alone()
    {
        Task<StatResponse> call = StatAsync("/");
        byte[] data = new StatResponse { Size = 1 }.ToByteArray();
        await _server.WriteAsync(Message.Bytes(1, MessageType.Data, MessageFlags.None, data), TestEnd);
        await _server.WriteAsync(Message.Bytes(1, MessageType.Data, MessageFlags.RemoteClosed | MessageFlags.NoData, []), TestEnd);
        Assert.Equal(StatusCode.Internal, (await Assert.ThrowsAsync<TtrpcException>(() => call)).Code);

        Task<StatResponse> next = StatAsync("next");
        await _server.WriteAsync(Message.Ok(3, new StatResponse { Size = 2 }), TestEnd);
        Assert.Equal(2u, (await next).Size);
    }

    [Fact]
    public async Task The_loss_of_the_connection_fails_calls_and_later_calls()
    {
        Task<StatResponse> call = StatAsync("a");
        await _server.ReadAsync(TestEnd);

        _transport.Guest.Dispose();

        Assert.NotNull(await _client.Closed);
        await Assert.ThrowsAsync<IOException>(() => call);
        await Assert.ThrowsAsync<IOException>(() => StatAsync("b"));
    }

    [Fact]
    public async Task Disposal_fails_what_is_under_way_and_may_be_repeated()
    {
        Task<StatResponse> call = StatAsync("a");

        await _client.DisposeAsync();
        await _client.DisposeAsync();

        await Assert.ThrowsAsync<IOException>(() => call);
        Assert.Null(await _client.Closed);
    }

    [Fact]
    public async Task A_request_over_the_limit_fails_before_it_is_sent_and_the_next_goes_through()
    {
        TtrpcException error = await Assert.ThrowsAsync<TtrpcException>(() => StatAsync(new string('x', MessageHeader.MaxLength)));
        Assert.Equal(StatusCode.ResourceExhausted, error.Code);

        Task<StatResponse> next = StatAsync("/");
        Assert.Equal(1u, (await _server.ReadAsync(TestEnd)).Header.StreamId);
        await _server.WriteAsync(Message.Ok(1, new StatResponse()), TestEnd);
        await next;
    }

    [Fact]
    public async Task An_oversize_reply_fails_its_call_alone()
    {
        Task<StatResponse> call = StatAsync("/");
        await _server.WriteAsync(Message.Bytes(1, MessageType.Response, MessageFlags.None, new byte[MessageHeader.MaxLength + 1]), TestEnd);
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<TtrpcException>(() => call)).Code);

        Task<StatResponse> next = StatAsync("/");
        await _server.WriteAsync(Message.Ok(3, new StatResponse { Size = 1 }), TestEnd);
        Assert.Equal(1u, (await next).Size);
    }

    [Theory]
    [InlineData(MessageType.Response)]
    [InlineData(MessageType.Data)]
    public async Task A_reply_that_makes_no_sense_fails_its_call_alone(MessageType type)
    {
        Task<StatResponse> call = StatAsync("/");
        await _server.WriteAsync(Message.Bytes(1, type, MessageFlags.None, [0xff]), TestEnd);

        Assert.Equal(StatusCode.Internal, (await Assert.ThrowsAsync<TtrpcException>(() => call)).Code);
        Assert.False(_client.Closed.IsCompleted);
    }

    private Task<StatResponse> StatAsync(string path) =>
        _client.CallAsync("test", "Stat", new StatRequest { Path = path }, StatResponse.Parser, TestEnd);
}
