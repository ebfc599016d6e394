using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Health;
using Aspire.Hosting.Orchestration;
using Aspire.Hosting.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting;

/// <inheritdoc cref="IDistributedApplicationBuilder"/>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private static readonly Dictionary<string, string> s_switches = new()
    {
        ["--operation"] = "AppHost:Operation",
        ["--publisher"] = "Publishing:Publisher",
        ["--output-path"] = "Publishing:OutputPath",
    };

    private readonly HostApplicationBuilder _builder;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _builder = new HostApplicationBuilder();
        _builder.Configuration.AddCommandLine(options.Args ?? [], s_switches);
        AppHostDirectory = options.ProjectDirectory ?? AppContext.BaseDirectory;
        ExecutionContext = new DistributedApplicationExecutionContext(Operation(_builder.Configuration));
        AddServices();
    }

    public ConfigurationManager Configuration => _builder.Configuration;

    public string AppHostDirectory { get; }

    public IHostEnvironment Environment => _builder.Environment;

    public IServiceCollection Services => _builder.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

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

    public DistributedApplication Build()
    {
        IHost host = _builder.Build();
        ExecutionContext.ServiceProvider = host.Services;
        return new DistributedApplication(host);
    }

    private static DistributedApplicationOperation Operation(IConfiguration configuration) =>
        string.Equals(configuration["AppHost:Operation"], "publish", StringComparison.OrdinalIgnoreCase) || configuration["Publishing:Publisher"] is not null
            ? DistributedApplicationOperation.Publish
            : DistributedApplicationOperation.Run;

    private void AddServices()
    {
        // A check that fails while its resource comes up is no news.
        _builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        Services.AddHealthChecks();
        Services.AddSingleton(_ => new DistributedApplicationModel(Resources));
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(Eventing);
        Services.AddSingleton<ResourceLoggerService>();
        Services.AddSingleton(services => new ResourceNotificationService(
            services.GetRequiredService<ILogger<ResourceNotificationService>>(), services, services.GetRequiredService<ResourceLoggerService>(),
            services.GetRequiredService<IOptions<ResourceNotificationServiceOptions>>().Value));
        Services.AddSingleton(services => new ResourceCommandService(
            services.GetRequiredService<ResourceNotificationService>(), services.GetRequiredService<ResourceLoggerService>(), services));

        if (ExecutionContext.IsRunMode)
        {
            Services.AddSingleton<ResourceFamilies>();
            Services.AddSingleton<ResourceStates>();
            Services.AddSingleton<ProcessStarter>();
            Services.AddHostedService<ResourceHealthMonitor>();
            Services.AddHostedService<ApplicationOrchestrator>();
        }
        else
        {
            Services.AddHostedService<ManifestPublisher>();
        }
    }
}
