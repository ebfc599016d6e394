namespace Aspire.Hosting.ApplicationModel;

/// <summary>A .NET project that runs as a process on this machine.</summary>
public class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IComputeResource;
