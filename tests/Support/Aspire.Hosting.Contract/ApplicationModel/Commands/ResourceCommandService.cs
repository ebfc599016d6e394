using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Gives commands to resources.</summary>
public class ResourceCommandService
{
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
    {
        _notifications = notifications;
        _loggers = loggers;
        _services = services;
    }

    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        _notifications.TryGetCurrentState(resourceId, out ResourceEvent? resourceEvent)
            ? ExecuteCommandAsync(resourceEvent.Resource, commandName, cancellationToken)
            : Task.FromResult(CommandResults.Failure($"Resource '{resourceId}' not found."));

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ILogger logger = _loggers.GetLogger(resource);
        if (resource.Annotations.OfType<ResourceCommandAnnotation>().SingleOrDefault(annotation => annotation.Name == commandName) is not { } command)
        {
            logger.LogInformation("Command '{Command}' not available.", commandName);
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{resource.Name}'.");
        }

        logger.LogInformation("Executing command '{Command}'.", commandName);
        try
        {
            ExecuteCommandResult result = await command.ExecuteCommand(new ExecuteCommandContext
            {
                ResourceName = resource.Name,
                ServiceProvider = _services,
                CancellationToken = cancellationToken,
            });
            if (!result.Success)
                logger.LogInformation("Failure executing command '{Command}'. Error message: {Error}", commandName, result.ErrorMessage);

            return result;
        }
        catch (OperationCanceledException)
        {
            return CommandResults.Canceled();
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Error executing command '{Command}'.", commandName);
            return CommandResults.Failure("Unhandled exception thrown while executing command.");
        }
    }
}
