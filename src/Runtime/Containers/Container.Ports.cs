
namespace Islet;

public partial class Container
{
    /// <summary>The address on which ports are published.</summary>
    public string Host => "127.0.0.1";

    /// <summary>The published ports, in the order in which they were requested.</summary>
    public IReadOnlyList<PublishedPort> Ports => Core.Ports.All;

    /// <summary>Returns the port of 127.0.0.1 at which a port of the container is published.</summary>
    /// <param name="containerPort">
    /// The port inside, as given to <see cref="ContainerBuilder{TBuilder, TContainer}.WithPort"/>.
    /// </param>
    /// <exception cref="ArgumentException">The port is not published.</exception>
    public int GetPort(int containerPort) => GetPublishedPort(containerPort).HostPort;

    /// <summary>Returns a published port, with its port on the host and the means to make its connections fail.</summary>
    /// <param name="containerPort">
    /// The port inside, as given to <see cref="ContainerBuilder{TBuilder, TContainer}.WithPort"/>.
    /// </param>
    /// <exception cref="ArgumentException">The port is not published.</exception>
    public PublishedPort GetPublishedPort(int containerPort) => Core.Ports.Get(containerPort);

    /// <summary>Returns the only published port.</summary>
    /// <exception cref="InvalidOperationException">The container has no published port, or several.</exception>
    public int GetPort() => Core.Ports.GetOnly().HostPort;

    /// <summary>Opens a stream to a TCP port inside the container, published or not.</summary>
    /// <exception cref="ContainerOperationException">Nothing accepts connections at that port.</exception>
    public ValueTask<GuestStream> DialAsync(int containerPort, CancellationToken cancellationToken = default) =>
        Core.DialAsync(containerPort, cancellationToken);
}
