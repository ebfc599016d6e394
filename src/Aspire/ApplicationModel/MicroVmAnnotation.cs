// This is the namespace in which an AppHost finds resource types and annotations anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// Marks a container to run in a micro-VM when the application is run. See <see cref="MicroVmResourceBuilderExtensions"/>.
/// </summary>
public sealed class MicroVmAnnotation : IResourceAnnotation
{
    /// <summary>The options of the micro-VM.</summary>
    public MicroVmOptions Options { get; } = new();
}

/// <summary>Marks a container in a micro-VM to start from the state in which it was ready the last time.</summary>
/// <seealso cref="MicroVmResourceBuilderExtensions.WithWarmStart"/>
public sealed class MicroVmWarmStartAnnotation : IResourceAnnotation;
