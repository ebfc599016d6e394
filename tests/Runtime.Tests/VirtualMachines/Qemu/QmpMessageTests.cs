using System.Text;
using Islet.VirtualMachines.Qemu.Monitor;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class QmpMessageTests
{
    [Fact]
    public void Parse_greeting_has_the_version()
    {
        QmpMessage message = Parse(
            """{"QMP":{"version":{"qemu":{"micro":22,"minor":2,"major":7},"package":"Debian"},"capabilities":["oob"]}}""");

        Assert.Equal(new Version(7, 2, 22), Assert.IsType<QmpMessage.Greeting>(message).Version);
    }

    [Fact]
    public void Parse_return_has_the_commands_id()
    {
        QmpMessage.Return message = Assert.IsType<QmpMessage.Return>(Parse("""{"return":{"status":"running","running":true},"id":7}"""));

        Assert.Equal(7, message.Id);
        Assert.Equal("running", message.Value.GetProperty("status").GetString());
    }

    [Fact]
    public void Parse_error_has_class_and_description()
    {
        QmpMessage.Error message = Assert.IsType<QmpMessage.Error>(Parse("""{"id":3,"error":{"class":"GenericError","desc":"no"}}"""));

        Assert.Equal((3L, "GenericError", "no"), (message.Id!.Value, message.Class, message.Description));
    }

    [Fact]
    public void Parse_event_reads_members_that_are_there_and_others_as_empty()
    {
        QmpEvent happened = Assert.IsType<QmpMessage.Event>(
            Parse("""{"timestamp":{"seconds":1,"microseconds":2},"event":"VSERPORT_CHANGE","data":{"open":true,"id":"agent"}}""")).Value;

        Assert.Equal("VSERPORT_CHANGE", happened.Name);
        Assert.Equal("agent", happened.Text("id"));
        Assert.True(happened.Flag("open"));
        Assert.Equal("", happened.Text("open"));
        Assert.False(happened.Flag("missing"));
    }

    [Fact]
    public void Parse_event_without_data_has_no_members()
    {
        QmpEvent happened = Assert.IsType<QmpMessage.Event>(Parse("""{"event":"STOP"}""")).Value;

        Assert.Equal("", happened.Text("id"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"return":{},"id":"text"}""")]
    [InlineData("""{"return":{},"id":99999999999999999999}""")]
    [InlineData("""{"error":7}""")]
    [InlineData("""{"error":{"class":"x"}}""")]
    [InlineData("""{"event":7}""")]
    [InlineData("""{"QMP":{}}""")]
    [InlineData("""{"QMP":{"version":{"qemu":{"major":"x","minor":0,"micro":0}}}}""")]
    [InlineData("""{"return":{"unfinished":""")]
    public void Parse_what_is_no_message_is_a_protocol_error(string text) =>
        Assert.Throws<QmpProtocolException>(() => Parse(text));

    [Fact]
    public void Parse_very_deep_json_is_a_protocol_error() =>
        Assert.Throws<QmpProtocolException>(() => Parse("""{"return":""" + new string('[', 100_000)));

    [Fact]
    public void Lines_bytes_that_come_one_by_one_make_the_same_lines()
    {
        var lines = new QmpLines();
        List<string> read = [];
        foreach (byte b in "{\"a\":1}\r\n\r\n{\"b\":2}\n"u8.ToArray())
        {
            lines.Append([b]);
            while (lines.TryRead(out ReadOnlyMemory<byte> line))
                read.Add(Encoding.UTF8.GetString(line.Span));
        }

        Assert.Equal(["{\"a\":1}", "{\"b\":2}"], read);
    }

    [Fact]
    public void Lines_several_at_once_are_read_one_after_the_other()
    {
        var lines = new QmpLines();
        lines.Append("one\r\ntwo\r\nthr"u8);

        Assert.True(lines.TryRead(out ReadOnlyMemory<byte> first));
        Assert.Equal("one", Encoding.UTF8.GetString(first.Span));
        Assert.True(lines.TryRead(out ReadOnlyMemory<byte> second));
        Assert.Equal("two", Encoding.UTF8.GetString(second.Span));
        Assert.False(lines.TryRead(out _));

        lines.Append("ee\n"u8);
        Assert.True(lines.TryRead(out ReadOnlyMemory<byte> third));
        Assert.Equal("three", Encoding.UTF8.GetString(third.Span));
    }

    [Theory]
    [InlineData("123456789")]
    [InlineData("123456789\n")]
    public void Lines_line_beyond_the_limit_is_a_protocol_error_with_or_without_its_end(string text)
    {
        var lines = new QmpLines(maxLength: 8);
        lines.Append(Encoding.UTF8.GetBytes(text));

        Assert.Throws<QmpProtocolException>(() => lines.TryRead(out _));
    }

    private static QmpMessage Parse(string text) => QmpMessage.Parse(Encoding.UTF8.GetBytes(text));
}
