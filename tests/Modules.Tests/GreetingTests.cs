using System.Text;
using Islet.Modules.MariaDb;
using Islet.Modules.Memcached;
using Islet.Modules.PostgreSql;
using Islet.Modules.RabbitMq;
using Islet.Modules.Redis;

namespace Islet.Modules.Tests;

/// <summary>The answers that count as those of a ready server. A guest may send any bytes.</summary>
public sealed class GreetingTests
{
    private static Task GreetRabbitAsync(params byte[][] frames) =>
        RabbitMqGreeting.SayAsync(Broker(frames), new RabbitMqLogin("keeper", "secret", "shop"), Cancelled);

    private static ScriptedServer Broker(params byte[][] frames) => new([.. frames.SelectMany(frame => frame)]);

    private static byte[] Refusal(int code, string text) =>
        Frame(50, [(byte)(code >> 8), (byte)code, (byte)text.Length, .. Encoding.ASCII.GetBytes(text), 0, 0, 0, 0]);

    // A method frame of the class connection, on channel 0.
    private static byte[] Frame(byte method, params byte[] arguments) =>
        [1, 0, 0, 0, 0, 0, (byte)(4 + arguments.Length), 0, 10, 0, method, .. arguments, 0xCE];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PostgreSql_says_who_it_is_and_takes_a_question_for_the_password_as_ready()
    {
        var server = new ScriptedServer([(byte)'R', 0, 0, 0, 8, 0, 0, 0, 10]);
        await PostgreSqlGreeting.SayAsync(server, "keeper", "shop", Cancelled);
        Assert.Equal("\0\0\0\u0023\0\u0003\0\0user\0keeper\0database\0shop\0\0", server.Heard);
    }

    [Fact]
    public async Task PostgreSql_that_still_starts_up_is_not_ready()
    {
        NotReadyException exception = await Assert.ThrowsAsync<NotReadyException>(
            () => SayToPostgresAsync(PostgresError("57P03", "the database system is starting up")));
        Assert.Equal("the answer \"the database system is starting up\"", exception.Message);
    }

    [Fact]
    public Task PostgreSql_that_refuses_for_another_reason_is_ready() =>
        SayToPostgresAsync(PostgresError("28000", "no pg_hba.conf entry for host"));

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request")]
    [InlineData("E\u007f\u007f\u007f\u007f")]
    [InlineData("E\0\0\0\0")]
    public Task PostgreSql_something_else_is_not_ready(string answer) =>
        Assert.ThrowsAsync<NotReadyException>(() => SayToPostgresAsync(Encoding.Latin1.GetBytes(answer)));

    [Theory]
    [InlineData("+PONG\r\n")]
    [InlineData("-NOAUTH Authentication required.\r\n")]
    public async Task Redis_that_answers_or_wants_a_password_is_ready(string answer)
    {
        var server = new ScriptedServer(Encoding.ASCII.GetBytes(answer));
        await RedisGreeting.SayAsync(server, Cancelled);
        Assert.Equal("PING\r\n", server.Heard);
    }

    [Fact]
    public async Task Redis_that_loads_its_data_is_not_ready()
    {
        NotReadyException exception = await Assert.ThrowsAsync<NotReadyException>(
            () => RedisGreeting.SayAsync(new ScriptedServer("-LOADING Redis is loading\u001b[31m the dataset\r\n"u8.ToArray()), Cancelled));
        Assert.Equal("the answer \"-LOADING Redis is loading [31m the dataset\"", exception.Message);
    }

    [Fact]
    public Task MySql_that_begins_a_handshake_is_ready() =>
        MySqlGreeting.HearAsync(new ScriptedServer([6, 0, 0, 0, 10, (byte)'1', (byte)'0', (byte)'.', (byte)'1', 0]), Cancelled);

    [Fact]
    public async Task MySql_that_refuses_is_not_ready()
    {
        NotReadyException exception = await Assert.ThrowsAsync<NotReadyException>(
            () => MySqlGreeting.HearAsync(new ScriptedServer([9, 0, 0, 0, 0xFF, 0x10, 0x04, .. "#08004"u8]), Cancelled));
        Assert.Equal("the answer \"#08004\"", exception.Message);
    }

    [Fact]
    public Task MySql_that_says_nothing_is_not_ready() =>
        Assert.ThrowsAsync<NotReadyException>(() => MySqlGreeting.HearAsync(new ScriptedServer([0, 0, 0, 0]), Cancelled));

    [Fact]
    public async Task RabbitMq_that_lets_a_client_log_in_and_open_its_virtual_host_is_ready()
    {
        ScriptedServer broker = Broker(Frame(10, 0, 9), Frame(30, 0, 17, 0, 2, 0, 0, 0, 60), Frame(41, 0), Frame(51));
        await RabbitMqGreeting.SayAsync(broker, new RabbitMqLogin("keeper", "secret", "shop"), Cancelled);
        Assert.StartsWith("AMQP\0\0\u0009\u0001", broker.Heard, StringComparison.Ordinal);
        Assert.Contains("\0keeper\0secret", broker.Heard, StringComparison.Ordinal);
        Assert.Contains("\u0004shop", broker.Heard, StringComparison.Ordinal);
    }

    [Fact]
    public Task RabbitMq_that_refuses_a_login_is_ready() => GreetRabbitAsync(Frame(10, 0, 9), Refusal(403, "ACCESS_REFUSED"));

    [Fact]
    public async Task RabbitMq_whose_virtual_host_is_down_is_not_ready()
    {
        NotReadyException exception = await Assert.ThrowsAsync<NotReadyException>(
            () => GreetRabbitAsync(Frame(10, 0, 9), Frame(30, 0, 17, 0, 2, 0, 0, 0, 60), Refusal(541, "vhost 'shop' is down")));
        Assert.Equal("the answer \"541 vhost 'shop' is down\"", exception.Message);
    }

    [Fact]
    public Task RabbitMq_something_else_is_not_ready() =>
        Assert.ThrowsAsync<NotReadyException>(() => GreetRabbitAsync("HTTP/1.1 400"u8.ToArray()));

    [Fact]
    public async Task Memcached_that_tells_its_version_is_ready_and_one_that_does_not_is_not()
    {
        await MemcachedGreeting.SayAsync(new ScriptedServer("VERSION 1.6.18\r\n"u8.ToArray()), Cancelled);
        await Assert.ThrowsAsync<NotReadyException>(
            () => MemcachedGreeting.SayAsync(new ScriptedServer("ERROR\r\n"u8.ToArray()), Cancelled));
    }

    [Fact]
    public async Task A_server_that_hangs_up_or_floods_is_not_ready()
    {
        await Assert.ThrowsAsync<EndOfStreamException>(() => RedisGreeting.SayAsync(new ScriptedServer([]), Cancelled));
        NotReadyException exception = await Assert.ThrowsAsync<NotReadyException>(
            () => RedisGreeting.SayAsync(new ScriptedServer([.. Enumerable.Repeat((byte)'x', 1_000_000)]), Cancelled));
        Assert.True(exception.Message.Length < 300);
    }

    private static Task SayToPostgresAsync(byte[] answer) => PostgreSqlGreeting.SayAsync(new ScriptedServer(answer), "u", "d", Cancelled);

    private static byte[] PostgresError(string code, string message)
    {
        byte[] fields = Encoding.UTF8.GetBytes($"SFATAL\0C{code}\0M{message}\0\0");
        return [(byte)'E', 0, 0, 0, (byte)(fields.Length + 4), .. fields];
    }

    /// <summary>A connection on which one answer has already arrived, readable in pieces of three bytes.</summary>
    private sealed class ScriptedServer(byte[] answer) : MemoryStream
    {
        private int _read;

        public string Heard => Encoding.Latin1.GetString(ToArray());

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(Math.Min(3, buffer.Length), answer.Length - _read);
            answer.AsSpan(_read, count).CopyTo(buffer.Span);
            _read += count;
            return ValueTask.FromResult(count);
        }
    }
}
