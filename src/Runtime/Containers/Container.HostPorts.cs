using Islet.Networking;
using Islet.Starting;

namespace Islet;

// What the container's processes reach of the host.
public sealed partial class Container
{
    // Each machine has an agent of its own to ask for clients, so the forwarder ends with the machine.
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
