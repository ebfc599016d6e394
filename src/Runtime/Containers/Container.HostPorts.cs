using Islet.Networking;
using Islet.Starting;

namespace Islet;

// The ports of the host that the container's processes can reach.
public sealed partial class Container
{
    // The forwarder asks this machine's agent for clients, so it ends with the machine.
    private void ForwardHostPorts(LiveMachine live)
    {
        if (_options.HostPorts.Length == 0)
            return;

        live.HostPorts = HostPortForwarder.Start(
            HostPortBinding.WithAddresses(_options.HostPorts).Select(port => new HostPortForward(
                cancellationToken => live.Agent.AcceptAsync(port.Address, port.Binding.Port, cancellationToken),
                port.Binding.HostPort)),
            _logger);
    }
}
