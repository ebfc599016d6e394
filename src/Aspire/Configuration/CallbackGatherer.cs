using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Configuration;

/// <summary>
/// Gathers arguments and variables from the resource's callbacks. Aspire's own gatherers remember the results of a callback, and only its
/// orchestrator can make them forget: a restart would not ask again.
/// </summary>
internal sealed class CallbackGatherer : IExecutionConfigurationGatherer
{
    public async ValueTask GatherAsync(
        IExecutionConfigurationGathererContext context, IResource resource, ILogger resourceLogger,
        DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken = default)
    {
        var arguments = new CommandLineArgsCallbackContext(context.Arguments, resource, cancellationToken)
        {
            Logger = resourceLogger,
            ExecutionContext = executionContext,
        };
        foreach (CommandLineArgsCallbackAnnotation annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
            await annotation.Callback(arguments).ConfigureAwait(false);

        var variables = new EnvironmentCallbackContext(executionContext, resource, context.EnvironmentVariables, cancellationToken)
        {
            Logger = resourceLogger,
        };
        foreach (EnvironmentCallbackAnnotation annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
            await annotation.Callback(variables).ConfigureAwait(false);
    }
}
