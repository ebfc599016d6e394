using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <inheritdoc cref="IDistributedApplicationBuilder"/>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _builder;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _builder = new HostApplicationBuilder(options.Args);
        AppHostDirectory = options.ProjectDirectory ?? AppContext.BaseDirectory;
    }

    public ConfigurationManager Configuration => _builder.Configuration;

    public string AppHostDirectory { get; }

    public IHostEnvironment Environment => _builder.Environment;

    public IServiceCollection Services => _builder.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new(DistributedApplicationOperation.Run);

    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();

    public IResourceCollection Resources { get; } = new ResourceCollection([]);

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource =>
        new DistributedApplicationResourceBuilder<T>(this, resource);

    public DistributedApplication Build() => new(_builder.Build());
}
