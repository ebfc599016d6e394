using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Islet.Native.Posix;
using Islet.VirtualMachines.Qemu.Monitor;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class QmpClientTests
{
    private const string Greeting = """{"QMP":{"version":{"qemu":{"micro":0,"minor":1,"major":9},"package":""},"capabilities":[]}}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ConnectAsync_reads_the_greeting_and_negotiates()
    {
        await using Peer peer = Peer.Create();
        Task<QmpClient> connecting = QmpClient.ConnectAsync(peer.ClientSide, _ => { }, Cancellation);
        await peer.SendAsync(Greeting);
        Assert.Equal("qmp_capabilities", (await peer.AnswerAsync("{}")).Command);

        await using QmpClient client = await connecting;
        Assert.Equal(new Version(9, 1, 0), client.Version);
    }

    [Fact]
    public async Task ExecuteAsync_answers_out_of_order_find_their_commands()
    {
        await using Peer peer = Peer.Create();
        await using QmpClient client = await peer.ConnectAsync(_ => { });

        Task<JsonElement> first = client.ExecuteAsync("first", new JsonObject { ["x"] = 1 }, Cancellation);
        Task<JsonElement> second = client.ExecuteAsync("second", cancellationToken: Cancellation);
        (string Command, long Id)[] seen = [await peer.ReadCommandAsync(), await peer.ReadCommandAsync()];
        foreach ((string command, long id) in seen.Reverse())
            await peer.SendAsync($$"""{"return":"{{command}}","id":{{id}}}""");

        Assert.Equal("first", (await first).GetString());
        Assert.Equal("second", (await second).GetString());
    }

    [Fact]
    public async Task ExecuteAsync_refused_command_throws_class_and_description()
    {
        await using Peer peer = Peer.Create();
        await using QmpClient client = await peer.ConnectAsync(_ => { });

        Task<JsonElement> refused = client.ExecuteAsync("cont", cancellationToken: Cancellation);
        (_, long id) = await peer.ReadCommandAsync();
        await peer.SendAsync($$$"""{"id":{{{id}}},"error":{"class":"GenericError","desc":"not now"}}""");

        QmpException error = await Assert.ThrowsAsync<QmpException>(() => refused);
        Assert.Equal(("GenericError", "not now"), (error.ErrorClass, error.Description));
        Assert.Contains("'cont'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_are_reported_in_order_between_answers()
    {
        List<string> events = [];
        await using Peer peer = Peer.Create();
        await using QmpClient client = await peer.ConnectAsync(happened => events.Add(happened.Name));

        Task<JsonElement> answered = client.ExecuteAsync("x", cancellationToken: Cancellation);
        (_, long id) = await peer.ReadCommandAsync();
        await peer.SendAsync("""{"event":"STOP"}""" + "\r\n" + """{"event":"RESUME"}""" + "\r\n" + $$"""{"return":{},"id":{{id}}}""");
        await answered;

        Assert.Equal(["STOP", "RESUME"], events);
    }

    [Fact]
    public async Task ExecuteAsync_monitor_goes_away_fails_what_waits_and_what_comes_later()
    {
        await using Peer peer = Peer.Create();
        await using QmpClient client = await peer.ConnectAsync(_ => { });

        Task<JsonElement> waiting = client.ExecuteAsync("waiting", cancellationToken: Cancellation);
        await peer.ReadCommandAsync();
        await peer.DisposeAsync();

        await Assert.ThrowsAsync<QmpProtocolException>(() => waiting);
        await client.Closed;
        await Assert.ThrowsAsync<QmpProtocolException>(() => client.ExecuteAsync("later", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task ExecuteAsync_cancelled_leaves_the_client_usable()
    {
        await using Peer peer = Peer.Create();
        await using QmpClient client = await peer.ConnectAsync(_ => { });
        using var cancellation = new CancellationTokenSource();

        Task<JsonElement> cancelled = client.ExecuteAsync("slow", cancellationToken: cancellation.Token);
        (_, long lateId) = await peer.ReadCommandAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        Task<JsonElement> next = client.ExecuteAsync("next", cancellationToken: Cancellation);
        (_, long id) = await peer.ReadCommandAsync();
        await peer.SendAsync($$"""{"return":"late","id":{{lateId}}}""");
        await peer.SendAsync($$"""{"return":"right","id":{{id}}}""");
        Assert.Equal("right", (await next).GetString());
    }

    [Theory]
    [InlineData("no greeting at all")]
    [InlineData("""{"return":{}}""")]
    public async Task ConnectAsync_what_is_no_monitor_is_a_protocol_error(string line)
    {
        await using Peer peer = Peer.Create();
        Task<QmpClient> connecting = QmpClient.ConnectAsync(peer.ClientSide, _ => { }, Cancellation);
        await peer.SendAsync(line);

        await Assert.ThrowsAsync<QmpProtocolException>(() => connecting);
    }

    [Fact]
    public async Task ConnectAsync_closed_before_the_greeting_is_a_protocol_error()
    {
        await using Peer peer = Peer.Create();
        Task<QmpClient> connecting = QmpClient.ConnectAsync(peer.ClientSide, _ => { }, Cancellation);
        await peer.DisposeAsync();

        await Assert.ThrowsAsync<QmpProtocolException>(() => connecting);
    }

    [Fact]
    public async Task ReceiveAsync_line_without_end_closes_the_client()
    {
        await using Peer peer = Peer.Create();
        await using QmpClient client = await peer.ConnectAsync(_ => { });

        Task<JsonElement> waiting = client.ExecuteAsync("x", cancellationToken: Cancellation);
        await peer.ReadCommandAsync();
        _ = peer.FloodAsync(QmpLines.DefaultMaxLength + 1);

        await Assert.ThrowsAsync<QmpProtocolException>(() => waiting);
    }

    /// <summary>Plays QEMU's side of the monitor.</summary>
    private sealed class Peer : IAsyncDisposable
    {
        private readonly NetworkStream _stream;
        private readonly StreamReader _reader;

        private Peer(NetworkStream clientSide, NetworkStream stream)
        {
            ClientSide = clientSide;
            _stream = stream;
            _reader = new StreamReader(stream);
        }

        public NetworkStream ClientSide { get; }

        public static Peer Create()
        {
            using SocketPair pair = SocketPair.Create();
            var theirs = new SafeSocketHandle(pair.Theirs.DangerousGetHandle(), ownsHandle: true);
            pair.Theirs.SetHandleAsInvalid();
            return new Peer(new NetworkStream(pair.TakeOurs(), ownsSocket: true), new NetworkStream(new Socket(theirs), ownsSocket: true));
        }

        public async Task<QmpClient> ConnectAsync(Action<QmpEvent> onEvent)
        {
            Task<QmpClient> connecting = QmpClient.ConnectAsync(ClientSide, onEvent, Cancellation);
            await SendAsync(Greeting);
            await AnswerAsync("{}");
            return await connecting;
        }

        public async Task<(string Command, long Id)> AnswerAsync(string result)
        {
            (string Command, long Id) command = await ReadCommandAsync();
            await SendAsync($$"""{"return":{{result}},"id":{{command.Id}}}""");
            return command;
        }

        public async Task<(string Command, long Id)> ReadCommandAsync()
        {
            string line = await _reader.ReadLineAsync(Cancellation) ?? throw new EndOfStreamException();
            using JsonDocument command = JsonDocument.Parse(line);
            return (command.RootElement.GetProperty("execute").GetString()!, command.RootElement.GetProperty("id").GetInt64());
        }

        public Task SendAsync(string line) => _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), Cancellation).AsTask();

        public async Task FloodAsync(int bytes)
        {
            try
            {
                await _stream.WriteAsync(new byte[bytes], Cancellation);
            }
            catch (IOException)
            {
                // The client has disconnected, as it should.
            }
        }

        public ValueTask DisposeAsync() => _stream.DisposeAsync();
    }
}
