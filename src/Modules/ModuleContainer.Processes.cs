using Islet.Protocol;

namespace Islet.Modules;

// Processes that run in addition to the product, and connections into the container.
public abstract partial class ModuleContainer<TContainer>
{
    /// <inheritdoc cref="Container.ExecAsync"/>
    public Task<ExecResult> ExecAsync(
        IReadOnlyList<string> command, ExecOptions? options = null, CancellationToken cancellationToken = default) =>
        Container.ExecAsync(command, options, cancellationToken);

    /// <inheritdoc cref="Container.StartProcessAsync(IReadOnlyList{string}, ExecOptions, CancellationToken)"/>
    public Task<ContainerProcess> StartProcessAsync(
        IReadOnlyList<string> command, ExecOptions? options = null, CancellationToken cancellationToken = default) =>
        Container.StartProcessAsync(command, options, cancellationToken);

    /// <inheritdoc cref="Container.OpenStdinAsync"/>
    public Task<GuestStream> OpenStdinAsync(CancellationToken cancellationToken = default) =>
        Container.OpenStdinAsync(cancellationToken);

    /// <inheritdoc cref="Container.Ports"/>
    public IReadOnlyList<PublishedPort> Ports => Container.Ports;

    /// <inheritdoc cref="Container.GetPort()"/>
    public int GetPort() =>
        Container.GetPort();

    /// <inheritdoc cref="Container.GetPort(int)"/>
    public int GetPort(int containerPort) =>
        Container.GetPort(containerPort);

    /// <inheritdoc cref="Container.GetPublishedPort"/>
    public PublishedPort GetPublishedPort(int containerPort) =>
        Container.GetPublishedPort(containerPort);

    /// <inheritdoc cref="Container.DialAsync"/>
    public ValueTask<GuestStream> DialAsync(int containerPort, CancellationToken cancellationToken = default) =>
        Container.DialAsync(containerPort, cancellationToken);
}
