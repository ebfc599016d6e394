using System.Text;
using Islet.Protocol.Yamux;

namespace Islet.Protocol.Tests.Yamux;

/// <summary>Records the events, and lets a test react to them.</summary>
internal sealed class RecordingEvents : IYamuxEvents
{
    public List<string> Log { get; } = [];

    public Dictionary<uint, MemoryStream> Received { get; } = [];

    public Action<uint>? OnOpened { get; set; }

    public Action<uint, byte[]>? OnData { get; set; }

    public Action<uint>? OnWindow { get; set; }

    public Action<uint>? OnRemoteClosed { get; set; }

    public string TextOf(uint id) => Received.TryGetValue(id, out MemoryStream? stream) ? Encoding.UTF8.GetString(stream.ToArray()) : "";

    public void StreamOpened(uint id)
    {
        Log.Add($"opened {id}");
        OnOpened?.Invoke(id);
    }

    public void DataReceived(uint id, ReadOnlySpan<byte> data)
    {
        if (!Received.TryGetValue(id, out MemoryStream? stream))
            Received[id] = stream = new MemoryStream();
        stream.Write(data);
        OnData?.Invoke(id, data.ToArray());
    }

    public void RemoteClosed(uint id)
    {
        Log.Add($"finished {id}");
        OnRemoteClosed?.Invoke(id);
    }

    public void StreamReset(uint id) => Log.Add($"reset {id}");

    public void SendWindowOpened(uint id)
    {
        Log.Add($"window {id}");
        OnWindow?.Invoke(id);
    }

    public void PongReceived(uint value) => Log.Add($"pong {value}");

    public void GoAwayReceived(uint code) => Log.Add($"go away {code}");
}
