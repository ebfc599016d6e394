using Islet.Agent;
using Islet.Protocol.Agent;

namespace Islet.Guest.Tests.Interoperability;

internal static class AgentClientExtensions
{
    /// <summary>Connects to an address of this machine, which is the "inside" of an in-process agent.</summary>
    public static Task<GuestStream> DialAsync(this AgentClient agent, string address, int port, CancellationToken cancellationToken) =>
        agent.OpenStreamAsync(new OpenStreamRequest { Dial = new DialStream { Address = address, Port = (uint)port } }, cancellationToken);
}
