using System.Net.Sockets;

namespace Islet.VirtualMachines;

/// <summary>
/// A machine's network card and its way out, as two sockets whose messages are Ethernet frames. The machine has connected them to nothing:
/// a frame goes from one to the other only where somebody here carries it.
/// </summary>
/// <param name="Card">What the guest sends is read here, and what is written here the guest receives.</param>
/// <param name="Outside">What is written here goes out, and the answers are read here.</param>
internal sealed record MachineNetwork(Socket Card, Socket Outside) : IDisposable
{
    /// <summary>Closes both, for good: what the guest sends is dropped by its card.</summary>
    public void Dispose()
    {
        Card.Dispose();
        Outside.Dispose();
    }
}
