using System.Text;
using Islet.Protocol.Http2;
using Islet.Testing.Http2;

namespace Islet.Protocol.Tests.Http2;

/// <summary>A server with a client, back to back, and everything that the server told its owner.</summary>
internal sealed class ServerPeer : IHttp2Requests
{
    public ServerPeer(int streamWindow = Http2Limits.DefaultWindow, bool consumes = true, Func<long>? milliseconds = null)
    {
        Server = new Http2ServerConnection(this, milliseconds ?? (static () => 0));
        Client = new Http2Client(streamWindow, consumes);
    }

    public Http2ServerConnection Server { get; }

    public Http2Client Client { get; }

    /// <summary>The streams of the requests, in order, and their paths.</summary>
    public List<Http2Stream> Streams { get; } = [];

    public List<string> Paths { get; } = [];

    public Recorder HandlerOf(Http2Stream stream) => (Recorder)stream.Handler;

    public void Begin(Http2Stream stream, RequestHeaders headers)
    {
        Streams.Add(stream);
        Paths.Add(Encoding.UTF8.GetString(headers.Path));
        stream.Handler = new Recorder();
    }

    /// <summary>Exchanges bytes until both are silent.</summary>
    public ServerPeer Exchange()
    {
        while (true)
        {
            byte[] written = Client.Take();
            Server.Receive(written);
            PassOutput();
            if (written.Length == 0)
                return this;
        }
    }

    /// <summary>Sends what the client has written; the server has to end the connection over it.</summary>
    public Http2Error ExpectError()
    {
        Http2Exception exception = Assert.Throws<Http2Exception>(() => Server.Receive(Client.Take()));
        PassOutput();
        Assert.Equal(exception.Error, Client.GoAway);
        return exception.Error;
    }

    public void PassOutput()
    {
        do
        {
            Client.Receive(Server.Output.Span);
            Server.AdvanceOutput(Server.PendingOutput);
        }
        while (Server.Relieve());
    }

    public sealed class Recorder : IHttp2StreamHandler
    {
        public MemoryStream Data { get; } = new();

        public bool Ended { get; private set; }

        public bool IsLost { get; private set; }

        public int Openings { get; private set; }

        public Action? Opened { get; set; }

        public void Received(ReadOnlySpan<byte> data) => Data.Write(data);

        public void RemoteClosed() => Ended = true;

        public void Lost() => IsLost = true;

        public void SendWindowOpened()
        {
            Openings++;
            Opened?.Invoke();
        }
    }
}
