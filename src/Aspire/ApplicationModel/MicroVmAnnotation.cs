// The namespace in which an AppHost finds resource types and annotations anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting.ApplicationModel;

/// <summary>The container runs in a micro-VM when the application is run. See <see cref="MicroVmResourceBuilderExtensions"/>.</summary>
public sealed class MicroVmAnnotation : IResourceAnnotation
{
    /// <summary>How it runs.</summary>
    public MicroVmOptions Options { get; } = new();
}

/// <summary>In a micro-VM, the container is started from the state in which it was ready the last time.</summary>
/// <seealso cref="MicroVmResourceBuilderExtensions.WithWarmStart"/>
public sealed class MicroVmWarmStartAnnotation : IResourceAnnotation;
