using Islet.Protocol.Agent;

namespace Islet.Agent;

internal sealed partial class AgentClient
{
    /// <summary>Connects to a TCP port of the container.</summary>
    public async ValueTask<GuestStream> DialTcpAsync(int port, CancellationToken cancellationToken) => await OpenStreamAsync(
        new OpenStreamRequest { Dial = new DialStream { Network = DialStream.Types.Network.Tcp, Port = (uint)port } },
            cancellationToken).ConfigureAwait(false);

    /// <summary>Waits for the next client of a port that the host answers.</summary>
    public Task<GuestStream> AcceptAsync(string address, int port, CancellationToken cancellationToken) => OpenStreamAsync(
        new OpenStreamRequest { Accept = new AcceptStream { Port = new HostPort { Address = address, Port = (uint)port } } },
            cancellationToken);

    /// <summary>Completes when a process in the container accepts connections at the port; the guest reports it.</summary>
    public Task WaitPortAsync(int port, CancellationToken cancellationToken) =>
        CallAsync(_rpc.WaitPortAsync, new WaitPortRequest { Port = (uint)port }, cancellationToken);
}
