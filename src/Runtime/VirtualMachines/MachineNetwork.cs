using System.Net.Sockets;

namespace Islet.VirtualMachines;

/// <summary>
/// A machine's network card and its connection to the outside, as two sockets whose messages are Ethernet frames. The machine leaves them
/// unconnected: a frame gets from one to the other only if code in this process carries it.
/// </summary>
/// <param name="Card">The socket of the card: frames from the guest are read here, and frames written here reach the guest.</param>
/// <param name="Outside">The socket of the outside: frames written here go out, and the answers are read here.</param>
internal sealed record MachineNetwork(Socket Card, Socket Outside) : IDisposable
{
    /// <summary>Closes both for good. From then on the guest's card drops the frames that the guest sends.</summary>
    public void Dispose()
    {
        Card.Dispose();
        Outside.Dispose();
    }
}
