using System.Globalization;
using Islet.Description;
using Islet.Networking;
using Islet.Protocol;

namespace Islet;

public sealed partial class Container
{
    /// <summary>The address on which ports are published.</summary>
    public string Host => "127.0.0.1";

    /// <summary>The published ports, in the order in which they were requested.</summary>
    public IReadOnlyList<PublishedPort> Ports => [.. _options.Ports.Select(port => _ports[port.ContainerPort].Port)];

    /// <summary>Returns the port of 127.0.0.1 at which a port of the container is published.</summary>
    /// <param name="containerPort">
    /// The port inside, as given to <see cref="ContainerBuilder{TBuilder, TContainer}.WithPort(int)"/>.
    /// </param>
    /// <exception cref="ArgumentException">The port is not published.</exception>
    public int GetPort(int containerPort) => GetPublishedPort(containerPort).HostPort;

    /// <summary>Returns a published port, with its port on the host and the means to make its connections fail.</summary>
    /// <param name="containerPort">
    /// The port inside, as given to <see cref="ContainerBuilder{TBuilder, TContainer}.WithPort(int)"/>.
    /// </param>
    /// <exception cref="ArgumentException">The port is not published.</exception>
    public PublishedPort GetPublishedPort(int containerPort)
    {
        if (_ports.TryGetValue(containerPort, out PortForwarder? forwarder))
            return forwarder.Port;

        string published = _ports.Count == 0
            ? "none is"
            : "published are " + string.Join(", ", _ports.Keys.Order().Select(port => port.ToString(CultureInfo.InvariantCulture)));
        throw new ArgumentException(
            $"Port {containerPort} of {Name} is not published ({published}). Publish it with WithPort({containerPort}).", nameof(containerPort));
    }

    /// <summary>Returns the only published port.</summary>
    /// <exception cref="InvalidOperationException">The container has no published port, or several.</exception>
    public int GetPort() => _ports.Count == 1
        ? _ports.Values.Single().Port.HostPort
        : throw new InvalidOperationException($"{Name} has {_ports.Count} published ports; say which one with GetPort(containerPort).");

    /// <summary>Opens a stream to a TCP port inside the container, published or not.</summary>
    /// <exception cref="ContainerException">Nothing accepts connections at that port.</exception>
    public ValueTask<GuestStream> DialAsync(int containerPort, CancellationToken cancellationToken = default)
    {
        EnsureMachine("dial a port");
        return DialAgentAsync(containerPort, cancellationToken);
    }

    private async ValueTask<GuestStream> DialAgentAsync(int containerPort, CancellationToken cancellationToken)
    {
        try
        {
            return await Agent.DialTcpAsync(containerPort, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw Explain(new ContainerException(
                $"Port {containerPort} inside {Name} does not accept connections: {exception.Message}", exception));
        }
        catch (IOException exception)
        {
            throw await ExplainLossAsync(exception).ConfigureAwait(false);
        }
    }

    private void PublishPorts()
    {
        foreach (PortBinding binding in _options.Ports)
        {
            int containerPort = binding.ContainerPort;
            _ports.Add(containerPort, PortForwarder.Listen(
                containerPort, binding.HostPort == 0 ? null : binding.HostPort,
                cancellationToken => Agent.DialTcpAsync(containerPort, cancellationToken), _logger));
        }
    }
}
