// This is the namespace in which an AppHost finds resource types and annotations anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting.ApplicationModel;

/// <summary>A copy of a running container in its own micro-VM, made by the command <see cref="MicroVmCommands.Fork"/>.</summary>
/// <param name="name">The name of the resource.</param>
/// <param name="parent">The container that was copied.</param>
public sealed class MicroVmForkResource(string name, IResource parent) : Resource(name), IResourceWithParent
{
    /// <summary>The container that was copied.</summary>
    public IResource Parent { get; } = parent;
}
