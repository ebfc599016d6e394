using Google.Protobuf;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Protocol.Tests.Ttrpc;

public sealed class TtrpcServerConnectionTests : ITtrpcService
{
    private readonly TtrpcServerConnection _server;
    private readonly Dictionary<string, TtrpcCall> _calls = [];
    private int _announced;

    public TtrpcServerConnectionTests() => _server = new TtrpcServerConnection(this, _ => _announced++, maxCalls: 4);

    void ITtrpcService.Invoke(string service, string method, ByteString payload, TtrpcCall call)
    {
        Assert.Equal("test", service);
        switch (method)
        {
            case "echo":
                call.Reply(StatRequest.Parser.ParseFrom(payload));
                break;
            case "missing":
                throw new TtrpcException(StatusCode.NotFound, "no such file");
            case "broken":
                throw new InvalidOperationException("boom");
            default:
                _calls[method] = call;
                break;
        }
    }

    [Fact]
    public void A_unary_call_is_answered_under_its_number()
    {
        _server.Receive(Message.Request(5, "echo", new StatRequest { Path = "/etc" }));

        Message reply = Assert.Single(TakeOutput());
        Assert.Equal((5u, MessageType.Response, MessageFlags.None), (reply.Header.StreamId, reply.Header.Type, reply.Header.Flags));
        Assert.Equal("/etc", StatRequest.Parser.ParseFrom(reply.Response.Payload).Path);
        Assert.Equal(0, _server.CallCount);
        Assert.Equal(1, _announced);
    }

    [Fact]
    public void Calls_are_answered_in_any_order_and_late()
    {
        _server.Receive([.. Message.Request(1, "a"), .. Message.Request(3, "b")]);
        Assert.Equal(2, _server.CallCount);
        Assert.Empty(TakeOutput());

        _calls["b"].Reply(new QuiesceResponse());
        _calls["a"].Reply(new QuiesceResponse());

        Assert.Equal([3u, 1u], TakeOutput().Select(message => message.Header.StreamId));
    }

    [Theory]
    [InlineData("missing", StatusCode.NotFound, "no such file")]
    [InlineData("broken", StatusCode.Unknown, "boom")]
    public void A_service_that_throws_fails_its_call(string method, StatusCode code, string text)
    {
        _server.Receive(Message.Request(1, method));

        AssertError(code, text);
        Assert.Equal(0, _server.CallCount);
    }

    [Fact]
    public void A_payload_that_is_no_message_fails_its_call()
    {
        var request = new Request { Service = "test", Method = "echo", Payload = ByteString.CopyFrom(0xff) };
        _server.Receive(Message.Bytes(1, MessageType.Request, MessageFlags.None, request.ToByteArray()));

        AssertError(StatusCode.InvalidArgument, "payload");
    }

    [Fact]
    public void A_request_that_is_no_message_fails_and_the_next_is_served()
    {
        _server.Receive([.. Message.Bytes(1, MessageType.Request, MessageFlags.None, [0xff]), .. Message.Request(3, "echo")]);

        List<Message> replies = TakeOutput();
        Assert.Equal((int)StatusCode.InvalidArgument, replies[0].Response.Status.Code);
        Assert.Null(replies[1].Response.Status);
    }

    [Fact]
    public void The_timeout_reaches_the_call()
    {
        _server.Receive([.. Message.Request(1, "limited", timeoutNano: 1_500_000_000), .. Message.Request(3, "endless")]);

        Assert.Equal(TimeSpan.FromSeconds(1.5), _calls["limited"].Timeout);
        Assert.Null(_calls["endless"].Timeout);
    }

    [Fact]
    public void Closing_cancels_what_is_under_way_and_drops_late_replies()
    {
        _server.Receive([.. Message.Request(1, "a"), .. Message.Request(3, "b")]);
        var cancelled = new List<string>();
        _calls["a"].Cancelled = () => cancelled.Add("a");
        _calls["b"].Cancelled = () => cancelled.Add("b");
        _calls["a"].Reply(new QuiesceResponse());

        _server.Close();
        _server.Close();
        _calls["b"].Reply(new QuiesceResponse());
        _server.Receive(Message.Request(5, "echo"));

        Assert.Equal(["b"], cancelled);
        Assert.Equal(0, _server.PendingOutput);
    }

    [Fact]
    public void A_second_reply_is_dropped()
    {
        _server.Receive(Message.Request(1, "a"));

        _calls["a"].Reply(new QuiesceResponse());
        _calls["a"].Reply(new QuiesceResponse());
        _calls["a"].Fail(StatusCode.Internal, "too late");

        Assert.Single(TakeOutput());
    }

    [Fact]
    public void An_oversize_request_is_discarded_and_refused()
    {
        _server.Receive(Message.Bytes(1, MessageType.Request, MessageFlags.None, new byte[MessageHeader.MaxLength + 1]));
        _server.Receive(Message.Request(3, "echo"));

        List<Message> replies = TakeOutput();
        Assert.Equal((int)StatusCode.ResourceExhausted, replies[0].Response.Status.Code);
        Assert.Equal(1u, replies[0].Header.StreamId);
        Assert.Null(replies[1].Response.Status);
    }

    [Fact]
    public void An_oversize_reply_fails_its_call()
    {
        _server.Receive(Message.Request(1, "a"));

        _calls["a"].Reply(new StatRequest { Path = new string('x', MessageHeader.MaxLength) });

        AssertError(StatusCode.ResourceExhausted, "4194304");
    }

    [Theory]
    [InlineData(2u, MessageFlags.None, StatusCode.InvalidArgument, "odd")]
    [InlineData(0u, MessageFlags.None, StatusCode.InvalidArgument, "odd")]
    [InlineData(1u, MessageFlags.RemoteOpen, StatusCode.Unimplemented, "stream")]
    public void A_request_that_this_server_does_not_take_is_refused(uint id, MessageFlags flags, StatusCode code, string text)
    {
        _server.Receive(Message.Request(id, "echo", flags: flags));

        AssertError(code, text);
    }

    [Theory]
    [InlineData(3u)]
    [InlineData(1u)]
    public void A_number_is_not_used_twice_and_they_count_upwards(uint id)
    {
        _server.Receive(Message.Request(3, "echo"));
        TakeOutput();

        _server.Receive(Message.Request(id, "echo"));

        AssertError(StatusCode.InvalidArgument, "increment");
    }

    [Fact]
    public void More_calls_than_allowed_are_refused()
    {
        for (uint id = 1; id <= 7; id += 2)
            _server.Receive(Message.Request(id, $"call {id}"));

        _server.Receive(Message.Request(9, "one too many"));

        AssertError(StatusCode.ResourceExhausted, "4 calls");
    }

    [Fact]
    public void Data_for_no_call_is_refused_and_the_clients_end_of_a_stream_is_not()
    {
        _server.Receive(Message.Request(1, "watch", flags: MessageFlags.RemoteClosed));

        _server.Receive(Message.Bytes(1, MessageType.Data, MessageFlags.RemoteClosed | MessageFlags.NoData, []));
        Assert.Empty(TakeOutput());
        _server.Receive(Message.Bytes(3, MessageType.Data, MessageFlags.None, [1]));
        AssertError(StatusCode.InvalidArgument, "no longer active");
        _server.Receive(Message.Bytes(1, MessageType.Data, MessageFlags.None, [1]));
        AssertError(StatusCode.InvalidArgument, "closed");
    }

    [Fact]
    public void A_message_type_that_does_not_exist_yet_is_ignored()
    {
        _server.Receive([.. Message.Bytes(1, (MessageType)9, MessageFlags.None, [1, 2]), .. Message.Request(3, "echo")]);

        Assert.Equal(3u, Assert.Single(TakeOutput()).Header.StreamId);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_messages_are_survived(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] data = new byte[random.Next(40)];
            random.NextBytes(data);
            _server.Receive(Message.Bytes((uint)random.Next(100), (MessageType)random.Next(6), (MessageFlags)random.Next(8), data));
            TakeOutput();
        }

        _server.Receive(Message.Request(101, "echo"));
        Assert.Null(Assert.Single(TakeOutput()).Response.Status);
    }

    private List<Message> TakeOutput()
    {
        List<Message> messages = Message.Parse(_server.Output.Span);
        _server.AdvanceOutput(_server.PendingOutput);
        return messages;
    }

    private void AssertError(StatusCode code, string text)
    {
        Message reply = Assert.Single(TakeOutput());
        Assert.Equal(MessageType.Response, reply.Header.Type);
        Assert.Equal((int)code, reply.Response.Status.Code);
        Assert.Contains(text, reply.Response.Status.Message, StringComparison.Ordinal);
    }
}
