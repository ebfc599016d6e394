// The namespace in which an AppHost finds resource types and annotations anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting.ApplicationModel;

/// <summary>A copy of a running container in a micro-VM of its own, made by the command <see cref="MicroVmCommands.Fork"/>.</summary>
/// <param name="name">Its name.</param>
/// <param name="parent">The container that it is a copy of.</param>
public sealed class MicroVmForkResource(string name, IResource parent) : Resource(name), IResourceWithParent
{
    /// <summary>The container that it is a copy of.</summary>
    public IResource Parent { get; } = parent;
}
