using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

internal sealed partial class Container
{
    private Action? _abandoned;

    private bool IsBeingAbandoned => _abandoned is not null;

    /// <summary>
    /// Ends every process and forgets the container. <paramref name="done"/> is called when nothing of it is left except the agent's own
    /// mount of its disk.
    /// </summary>
    /// <exception cref="GrpcException">The container is paused, or is already being abandoned.</exception>
    public void Abandon(Action done)
    {
        RequireNotPaused();
        if (IsBeingAbandoned)
            throw new GrpcException(StatusCode.FailedPrecondition, "the container is being abandoned already");

        _abandoned = done;
        foreach (ContainerProcess process in _children.Values)
            _ = Children.Signal(process.PidDescriptor, Children.SIGKILL);
        ForgetWhenEmpty();
    }

    // A process leaves its namespaces, and the disk with them, before it can be reaped.
    private void ForgetWhenEmpty()
    {
        if (_children.Count > 0)
            return;

        ContainerProcess[] ended = [.. _processes.Values];
        foreach (ContainerProcess process in ended)
            Forget(process);
        _root?.Dispose();
        _root = null;
        _bootstrap = null;
        _identity = null;
        _environment = [];
        Action done = _abandoned!;
        _abandoned = null;
        done();
    }
}
