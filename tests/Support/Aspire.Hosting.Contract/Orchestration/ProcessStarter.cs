using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Starts the process of a resource, with its arguments and variables resolved as this machine sees them.</summary>
internal sealed class ProcessStarter(DistributedApplicationExecutionContext context, ResourceLoggerService loggers)
{
    public async Task<RunningProcess> StartAsync(IResource resource, CancellationToken cancellationToken)
    {
        if (resource is not ExecutableResource executable)
            throw new DistributedApplicationException($"This double of Aspire.Hosting can't run '{resource.Name}': it starts executables, not projects.");

        ILogger logger = loggers.GetLogger(resource);
        var start = new ProcessStartInfo(executable.Command)
        {
            WorkingDirectory = executable.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in await ArgumentsAsync(resource, logger, cancellationToken))
            start.ArgumentList.Add(argument);

        Dictionary<string, string> environment = await EnvironmentAsync(resource, logger, cancellationToken);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        Process process = Process.Start(start) ?? throw new DistributedApplicationException($"'{executable.Command}' did not start.");
        return new RunningProcess(process, environment, logger);
    }

    private async Task<List<string>> ArgumentsAsync(IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        List<object> collected = [];
        var callbackContext = new CommandLineArgsCallbackContext(collected, resource, cancellationToken) { ExecutionContext = context, Logger = logger };
        foreach (CommandLineArgsCallbackAnnotation annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
            await annotation.Callback(callbackContext);

        List<string> arguments = [];
        foreach (object argument in collected)
        {
            if (await ResolveAsync(resource, argument, cancellationToken) is { } value)
                arguments.Add(value);
        }

        return arguments;
    }

    private async Task<Dictionary<string, string>> EnvironmentAsync(IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        Dictionary<string, object> collected = [];
        var callbackContext = new EnvironmentCallbackContext(context, resource, collected, cancellationToken) { Logger = logger };
        foreach (EnvironmentCallbackAnnotation annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
            await annotation.Callback(callbackContext);

        Dictionary<string, string> environment = [];
        foreach ((string name, object value) in collected)
        {
            if (await ResolveAsync(resource, value, cancellationToken) is { } text)
                environment[name] = text;
        }

        return environment;
    }

    private async Task<string?> ResolveAsync(IResource resource, object value, CancellationToken cancellationToken)
    {
        var reader = new ValueProviderContext { ExecutionContext = context, Caller = resource, Network = KnownNetworkIdentifiers.LocalhostNetwork };
        string? text = value switch
        {
            string literal => literal,
            IValueProvider provider => await provider.GetValueAsync(reader, cancellationToken),
            IResourceBuilder<IResource> { Resource: IValueProvider provider } => await provider.GetValueAsync(reader, cancellationToken),
            _ => value.ToString(),
        };
        return text is null ? null : PortTemplates.Replace(text, resource);
    }
}
