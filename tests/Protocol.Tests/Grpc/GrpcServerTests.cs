using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;
using Islet.Testing.Http2;

namespace Islet.Protocol.Tests.Grpc;

/// <summary>Calls of gRPC on a connection.</summary>
public sealed class GrpcServerTests : IGrpcService
{
    private readonly Http2ServerConnection _server;
    private readonly Http2Client _client = new(streamWindow: 8 * 1024 * 1024);
    private readonly List<TestTimer> _timers = [];
    private readonly List<string> _invoked = [];
    private Action<string, byte[], GrpcCall> _answer = (_, _, call) => call.Reply(new GetInfoResponse { AgentVersion = "1.2.3" });

    public GrpcServerTests() => _server = new Http2ServerConnection(new GrpcServer(this), static () => 0);

    void IGrpcService.Invoke(string method, ReadOnlySpan<byte> message, GrpcCall pending)
    {
        _invoked.Add(method);
        _answer(method, message.ToArray(), pending);
    }

    IHttp2StreamHandler? IGrpcService.Open(string method, Http2Stream stream) => method == "/streams" ? IgnoringHandler.Instance : null;

    IDisposable? IGrpcService.After(TimeSpan time, Action expired)
    {
        var timer = new TestTimer(time, expired);
        _timers.Add(timer);
        return timer;
    }

    [Fact]
    public void A_call_is_answered_with_a_message_and_a_status()
    {
        Http2ClientStream stream = Call("/a.B/C", Frame(new GetInfoRequest()));
        Assert.Equal(["/a.B/C"], _invoked);
        Assert.Equal(("200", "application/grpc", "0"), (stream[":status"], stream["content-type"], stream["grpc-status"]));
        Assert.Equal("1.2.3", GetInfoResponse.Parser.ParseFrom(stream.Body.ToArray().AsSpan(5)).AgentVersion);
        Assert.True(stream.Ended);
        Assert.Null(stream.Reset);
        Assert.Equal(0, _server.StreamCount);
    }

    [Fact]
    public void A_request_may_come_in_any_pieces_and_be_as_large_as_a_message_may()
    {
        byte[] got = [];
        _answer = (_, message, call) =>
        {
            got = message;
            call.Reply(new GetInfoResponse());
        };
        byte[] message = new byte[GrpcMessages.MaxLength];
        new Random(1).NextBytes(message);
        byte[] framed = [0, 0, 0x40, 0, 0, .. message];
        uint id = _client.Begin("/a.B/C");
        for (int at = 0; at < framed.Length;)
        {
            Exchange();
            at += _client.Send(id, framed.AsSpan(at, Math.Min(framed.Length - at, 100_003)));
        }

        _client.Send(id, [], end: true);
        Exchange();
        Assert.Equal(message, got);
        Assert.Equal("0", _client.Streams[id]["grpc-status"]);
    }

    [Fact]
    public void Half_messages_are_bounded_for_all_calls_together()
    {
        const int Half = 1024 * 1024;
        byte[] begin = [0, 0, 0x40, 0, 0, .. new byte[Half]];
        uint[] calls = [.. Enumerable.Range(0, (Http2Limits.MaxHeld / Half) + 1).Select(_ =>
        {
            uint id = _client.Begin("/a.B/C");
            SendAll(id, begin);
            return id;
        })];
        Assert.Equal(2, calls.Count(id => _client.Streams[id].Reset == Http2Error.EnhanceYourCalm));
        Assert.Empty(_invoked);
    }

    [Fact]
    public void Messages_that_were_answered_count_no_more()
    {
        byte[] message = [0, 0, 0x40, 0, 0, .. new byte[GrpcMessages.MaxLength]];
        _answer = (_, _, _) => { };
        for (int i = 0; i < 8; i++)
            SendAll(_client.Begin("/a.B/C"), message);
        Assert.Equal(8, _invoked.Count);
        Assert.DoesNotContain(_client.Streams.Values, stream => stream.Reset is not null);
    }

    [Fact]
    public void A_late_answer_and_a_second_one_are_dropped()
    {
        GrpcCall? call = null;
        _answer = (_, _, pending) => call = pending;
        Http2ClientStream stream = Call("/a.B/C", Frame(new GetInfoRequest()));
        Assert.False(stream.Ended);
        call!.Fail(StatusCode.NotFound, "no");
        call.Reply(new GetInfoResponse());
        call.Fail(StatusCode.Internal, "again");
        Exchange();
        Assert.Equal(("5", "no"), (stream["grpc-status"], stream["grpc-message"]));
        Assert.Equal(0, stream.Body.Length);
    }

    [Fact]
    public void A_message_of_an_error_is_encoded_and_cut()
    {
        _answer = (_, _, call) => call.Fail(StatusCode.Internal, "100% \n\u00e4" + new string('x', 100_000));
        Http2ClientStream stream = Call("/a.B/C", Frame(new GetInfoRequest()));
        Assert.Equal("13", stream["grpc-status"]);
        Assert.StartsWith("100%25 %0A%C3%A4xxx", stream["grpc-message"], StringComparison.Ordinal);
        Assert.InRange(stream["grpc-message"]!.Length, 1000, 8000);
    }

    [Theory]
    [InlineData(typeof(GrpcException), "9")]
    [InlineData(typeof(InvalidProtocolBufferException), "3")]
    [InlineData(typeof(InvalidOperationException), "2")]
    public void An_exception_of_the_service_fails_only_its_call(Type type, string status)
    {
        _answer = (_, message, call) =>
        {
            if (type == typeof(GrpcException))
                throw new GrpcException(StatusCode.FailedPrecondition, "refused");
            if (type == typeof(InvalidProtocolBufferException))
                GetInfoResponse.Parser.ParseFrom([0xFF]);
            throw new InvalidOperationException("broken");
        };
        Assert.Equal(status, Call("/a.B/C", Frame(new GetInfoRequest()))["grpc-status"]);
        _answer = (_, _, call) => call.Reply(new GetInfoResponse());
        Assert.Equal("0", Call("/a.B/C", Frame(new GetInfoRequest()))["grpc-status"]);
    }

    [Theory]
    [InlineData("01000000020000", "8")] // compressed
    [InlineData("00004000010000", "8")] // larger than allowed
    [InlineData("0000000005010203", "3")] // cut off
    [InlineData("", "3")] // none
    public void A_request_without_a_whole_message_fails(string hex, string status)
    {
        Http2ClientStream stream = Call("/a.B/C", Convert.FromHexString(hex));
        Assert.Equal(status, stream["grpc-status"]);
        Assert.Empty(_invoked);
    }

    [Fact]
    public void A_result_that_is_too_large_fails_instead()
    {
        _answer = (_, _, call) => call.Reply(new GetInfoResponse { AgentVersion = new string('v', GrpcMessages.MaxLength) });
        Assert.Equal("8", Call("/a.B/C", Frame(new GetInfoRequest()))["grpc-status"]);
    }

    [Fact]
    public void A_client_that_gives_up_cancels_the_call_once()
    {
        int cancelled = 0;
        GrpcCall? call = null;
        _answer = (_, _, pending) =>
        {
            call = pending;
            pending.Cancelled = () => cancelled++;
        };
        Call("/a.B/C", Frame(new GetInfoRequest()));
        _client.Reset(1);
        Exchange();
        _server.Close();
        Assert.Equal(1, cancelled);
        Assert.True(call!.IsEnded);
        call.Reply(new GetInfoResponse());
        Assert.Equal(0, _server.PendingOutput);
    }

    [Fact]
    public void A_time_limit_ends_the_call_and_cancels_its_work()
    {
        bool cancelled = false;
        _answer = (_, _, pending) => pending.Cancelled = () => cancelled = true;
        uint id = _client.Begin("/a.B/C", ("grpc-timeout", "250m"));
        _client.Send(id, Frame(new GetInfoRequest()), end: true);
        Exchange();
        (TimeSpan time, Action expired) = Assert.Single(_timers);
        Assert.Equal(TimeSpan.FromMilliseconds(250), time);

        expired();
        Exchange();
        Assert.True(cancelled);
        Assert.Equal("4", _client.Streams[id]["grpc-status"]);
        Assert.Equal(0, _server.StreamCount);
        Assert.True(_timers[0].IsDisposed);
        expired();
        Assert.Equal(0, _server.PendingOutput);
    }

    [Theory]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("99999999S", 999_999_990_000_000)]
    [InlineData("20m", 200_000)]
    [InlineData("5u", 50)]
    [InlineData("200n", 2)]
    public void A_time_limit_is_read(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(Encoding.ASCII.GetBytes(text), out TimeSpan timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1x")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    public void A_time_limit_that_is_none_is_refused(string text)
    {
        Assert.False(GrpcTimeout.TryParse(Encoding.ASCII.GetBytes(text), out _));
        uint id = _client.Begin("/a.B/C", ("grpc-timeout", text));
        Exchange();
        Assert.Equal("3", _client.Streams[id]["grpc-status"]);
    }

    [Theory]
    [InlineData("POST", "application/json", "415")]
    [InlineData("GET", "application/grpc", "405")]
    public void What_is_no_call_gets_an_error_of_HTTP(string method, string contentType, string status)
    {
        uint id = _client.Open();
        byte[] block = Http2Client.Block([(":method", method), (":scheme", "http"), (":path", "/a.B/C"), ("content-type", contentType)]);
        _client.Write(FrameType.Headers, FrameFlags.EndHeaders, id, block);
        Exchange();
        Assert.Equal(status, _client.Streams[id][":status"]);
        Assert.True(_client.Streams[id].Ended);
    }

    private Http2ClientStream Call(string path, byte[] body)
    {
        uint id = _client.Begin(path);
        _client.Send(id, body, end: true);
        Exchange();
        return _client.Streams[id];
    }

    private void Exchange()
    {
        while (_client.Take() is { Length: > 0 } written)
        {
            _server.Receive(written);
            _client.Receive(_server.Output.Span);
            _server.AdvanceOutput(_server.PendingOutput);
        }

        _client.Receive(_server.Output.Span);
        _server.AdvanceOutput(_server.PendingOutput);
    }

    private static byte[] Frame(IMessage message)
    {
        byte[] framed = [0, 0, 0, 0, 0, .. message.ToByteArray()];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), framed.Length - 5);
        return framed;
    }

    private void SendAll(uint id, byte[] bytes)
    {
        for (int at = 0; at < bytes.Length && _client.Streams[id].Reset is null;)
        {
            Exchange();
            at += _client.Send(id, bytes.AsSpan(at));
        }

        Exchange();
    }

    private sealed record TestTimer(TimeSpan Time, Action Expired) : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
