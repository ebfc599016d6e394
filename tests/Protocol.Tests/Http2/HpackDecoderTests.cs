using System.Text;
using Islet.Protocol.Http2;

namespace Islet.Protocol.Tests.Http2;

/// <summary>The vectors of RFC 7541, appendix C, and blocks that are no blocks.</summary>
public sealed class HpackDecoderTests
{
    private const string Request1 = ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n";
    private const string Request2 = Request1 + "cache-control: no-cache\n";
    private const string Request3 =
        ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value\n";

    private const string Response1 =
        ":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com\n";

    private const string Response2 =
        ":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com\n";

    private const string Response3 =
        ":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\nlocation: https://www.example.com\n"
        + "content-encoding: gzip\n"
        + "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\n";

    // The appendix's tables of 256 bytes.
    private const string TableOf256 = "3fe101";

    [Theory]
    [InlineData("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header\n", 55)] // C.2.1
    [InlineData("040c2f73616d706c652f70617468", ":path: /sample/path\n", 0)] // C.2.2
    [InlineData("100870617373776f726406736563726574", "password: secret\n", 0)] // C.2.3
    [InlineData("82", ":method: GET\n", 0)] // C.2.4
    public void A_field_is_read_and_remembered_or_not(string hex, string expected, int tableSize)
    {
        var decoder = new HpackDecoder();
        Assert.Equal(expected, Decode(decoder, hex));
        Assert.Equal(tableSize, decoder.TableSize);
    }

    [Theory]
    // C.3: without Huffman coding.
    [InlineData(
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565")]
    // C.4: with it.
    [InlineData("828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")]
    public void Requests_of_one_connection_share_a_table(string first, string second, string third)
    {
        var decoder = new HpackDecoder();
        Assert.Equal(Request1, Decode(decoder, first));
        Assert.Equal((1, 57), (decoder.TableCount, decoder.TableSize));
        Assert.Equal(Request2, Decode(decoder, second));
        Assert.Equal((2, 110), (decoder.TableCount, decoder.TableSize));
        Assert.Equal(Request3, Decode(decoder, third));
        Assert.Equal((3, 164), (decoder.TableCount, decoder.TableSize));
    }

    [Theory]
    // C.5: without Huffman coding.
    [InlineData(
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f"
        + "7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b42"
        + "5a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31")]
    // C.6: with it.
    [InlineData(
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f"
        + "3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007")]
    public void A_full_table_forgets_its_oldest_fields(string first, string second, string third)
    {
        var decoder = new HpackDecoder();
        Assert.Equal(Response1, Decode(decoder, TableOf256 + first));
        Assert.Equal((4, 222), (decoder.TableCount, decoder.TableSize));
        Assert.Equal(Response2, Decode(decoder, second));
        Assert.Equal((4, 222), (decoder.TableCount, decoder.TableSize));
        Assert.Equal(Response3, Decode(decoder, third));
        Assert.Equal((3, 215), (decoder.TableCount, decoder.TableSize));
    }

    [Fact]
    public void A_field_larger_than_the_table_empties_it()
    {
        var decoder = new HpackDecoder();
        Decode(decoder, "400a637573746f6d2d6b65790d637573746f6d2d686561646572");
        Decode(decoder, TableOf256 + "4001617f61" + string.Concat(Enumerable.Repeat("61", 224)));
        Assert.Equal((0, 0), (decoder.TableCount, decoder.TableSize));
    }

    [Theory]
    [InlineData("80")] // index 0
    [InlineData("be")] // an entry that is not there
    [InlineData("ff")] // an integer that is cut off
    [InlineData("ffffffffff7f")] // an integer that is too large
    [InlineData("4003")] // a string that is cut off
    [InlineData("40")] // a field without a name
    [InlineData("4001610561")] // a value that is cut off
    [InlineData("8220")] // a new size of the table behind a field
    [InlineData("3fe21f")] // a table of 4097 bytes
    [InlineData("00816100")] // a string that is no Huffman code: its padding is not of ones
    [InlineData("0082ffff00")] // padding of two bytes
    [InlineData("0084ffffffff00")] // the end of all strings
    public void A_malformed_block_is_refused(string hex) =>
        Assert.Equal(Http2Error.CompressionError, Assert.Throws<Http2Exception>(() => Decode(new HpackDecoder(), hex)).Error);

    [Fact]
    public void A_small_block_that_unpacks_to_much_is_refused()
    {
        // A field of 4,000 bytes that is remembered once and then named by one byte each.
        byte[] bomb = [0x40, 1, (byte)'a', 0x7F, 0xA1, 0x1E, .. new byte[4000], .. Enumerable.Repeat((byte)0xBE, 100)];
        Assert.Equal(Http2Error.EnhanceYourCalm, Assert.Throws<Http2Exception>(() => new HpackDecoder().Decode(bomb, new Fields())).Error);
    }

    [Fact]
    public void Any_bytes_end_in_fields_or_the_typed_error()
    {
        var random = new Random(7541);
        for (int round = 0; round < 50_000; round++)
        {
            byte[] bytes = new byte[random.Next(1, 60)];
            random.NextBytes(bytes);
            var decoder = new HpackDecoder();
            Exception? error = Record.Exception(() =>
            {
                decoder.Decode(bytes, new Fields());
                decoder.Decode(bytes, new Fields());
            });
            if (error is not (null or Http2Exception))
                Assert.Fail($"{Convert.ToHexString(bytes)}: {error}");
            Assert.InRange(decoder.TableSize, 0, Http2Limits.HeaderTable);
        }
    }

    private static string Decode(HpackDecoder decoder, string hex)
    {
        var fields = new Fields();
        decoder.Decode(Convert.FromHexString(hex), fields);
        return fields.Text.ToString();
    }

    private sealed class Fields : IHeaderFields
    {
        public StringBuilder Text { get; } = new();

        public void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
            Text.Append(Encoding.UTF8.GetString(name)).Append(": ").Append(Encoding.UTF8.GetString(value)).Append('\n');
    }
}
