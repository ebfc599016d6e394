using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Islet.VirtualMachine.Tests.Isolation;

/// <summary>A name server on an address of the loopback network, which has one address for every name, and records the questions.</summary>
internal sealed class NameServer : IDisposable
{
    private const int Header = 12;
    private const ushort TypeA = 1;

    private readonly UdpClient _client;
    private readonly byte[] _answer;
    private readonly ConcurrentQueue<string> _asked = [];

    public NameServer(string answer)
    {
        _answer = IPAddress.Parse(answer).GetAddressBytes();
        // The host's own name server may listen on 127.0.0.1 or 127.0.0.53.
        Address = new IPAddress([127, 0, 2, (byte)Random.Shared.Next(2, 250)]);
        _client = new UdpClient(new IPEndPoint(Address, 53));
        _ = AnswerAsync();
    }

    /// <summary>The address on which it listens, on port 53.</summary>
    public IPAddress Address { get; }

    /// <summary>The names for which it was asked.</summary>
    public IReadOnlyList<string> Asked => [.. _asked];

    public void Dispose() => _client.Dispose();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                UdpReceiveResult question = await _client.ReceiveAsync();
                await _client.SendAsync(Answer(question.Buffer), question.RemoteEndPoint);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }

    // RFC 1035, section 4: the question is repeated, followed by one record for type A.
    private byte[] Answer(byte[] query)
    {
        int end = Header;
        var name = new StringBuilder();
        for (; query[end] != 0; end += query[end] + 1)
            name.Append(name.Length == 0 ? "" : ".").Append(Encoding.ASCII.GetString(query, end + 1, query[end]));
        end += 5;
        _asked.Enqueue(name.ToString());

        bool isAddress = BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(end - 4)) == TypeA;
        byte[] record = [0xC0, Header, 0, (byte)TypeA, 0, 1, 0, 0, 0, 60, 0, 4, .. _answer];
        byte[] header = [query[0], query[1], 0x81, 0x80, 0, 1, 0, (byte)(isAddress ? 1 : 0), 0, 0, 0, 0];
        return [.. header, .. query.AsSpan(Header, end - Header), .. isAddress ? record : []];
    }
}
