using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>A resource that a service finds by its name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
