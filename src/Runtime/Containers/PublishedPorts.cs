using System.Collections.Immutable;
using System.Globalization;
using Islet.Description;
using Islet.Networking;
using Microsoft.Extensions.Logging;

namespace Islet.Containers;

/// <summary>
/// The ports of a container that are published on 127.0.0.1. They stay when another machine replaces the container's machine.
/// </summary>
internal sealed class PublishedPorts(string container, ImmutableArray<PortBinding> bindings, ILogger logger) : IAsyncDisposable
{
    private readonly Dictionary<int, PortForwarder> _forwarders = [];

    /// <summary>The ports, in the order in which they were requested.</summary>
    public IReadOnlyList<PublishedPort> All => [.. bindings.Select(port => _forwarders[port.ContainerPort].Port)];

    /// <summary>The ports inside the container, in the order in which they were requested.</summary>
    public IReadOnlyList<int> ContainerPorts => [.. bindings.Select(port => port.ContainerPort)];

    /// <summary>Publishes the ports.</summary>
    /// <param name="dial">Opens a stream to a port of the container, in the machine that it has at that time.</param>
    /// <exception cref="PortUnavailableException">A chosen port is taken.</exception>
    public void Publish(Func<int, CancellationToken, ValueTask<GuestStream>> dial)
    {
        foreach (PortBinding binding in bindings)
        {
            int containerPort = binding.ContainerPort;
            _forwarders.Add(containerPort, PortForwarder.Listen(
                containerPort, binding.HostPort,
                cancellationToken => dial(containerPort, cancellationToken), logger));
        }
    }

    /// <summary>Returns a published port.</summary>
    /// <exception cref="ArgumentException">The port is not published.</exception>
    public PublishedPort Get(int containerPort)
    {
        if (_forwarders.TryGetValue(containerPort, out PortForwarder? forwarder))
            return forwarder.Port;

        string published = _forwarders.Count == 0
            ? "none is"
            : "published are " + string.Join(", ", _forwarders.Keys.Order().Select(port => port.ToString(CultureInfo.InvariantCulture)));
        throw new ArgumentException(
            $"Port {containerPort} of {container} is not published ({published}). Publish it with WithPort({containerPort}).",
            nameof(containerPort));
    }

    /// <summary>Returns the only published port.</summary>
    /// <exception cref="InvalidOperationException">The container has no published port, or several.</exception>
    public PublishedPort GetOnly() => _forwarders.Count == 1
        ? _forwarders.Values.Single().Port
        : throw new InvalidOperationException(
            $"{container} has {_forwarders.Count} published ports; say which one with GetPort(containerPort).");

    /// <summary>Closes the connections of all clients. Clients that connect from now on wait for <see cref="ResumeAccepting"/>.</summary>
    /// <param name="grace">The time in which a server may close its clients' connections in its own way.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task CloseClientsAsync(TimeSpan grace, CancellationToken cancellationToken) =>
        Task.WhenAll(_forwarders.Values.Select(port => port.CloseClientsAsync(grace, cancellationToken)));

    /// <summary>Accepts clients again.</summary>
    public void ResumeAccepting()
    {
        foreach (PortForwarder port in _forwarders.Values)
            port.ResumeAccepting();
    }

    /// <summary>Closes the ports and the connections through them.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (PortForwarder forwarder in _forwarders.Values)
            await forwarder.DisposeAsync().ConfigureAwait(false);
    }
}
