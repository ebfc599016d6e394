using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Configuration;

/// <summary>
/// Makes each value that was gathered before resolve to its value inside a micro-VM. Aspire would resolve it for a process of the host,
/// because it does not treat the resource as a container any more.
/// </summary>
internal sealed class GuestValueGatherer(ValueResolver resolver) : IExecutionConfigurationGatherer
{
    public ValueTask GatherAsync(
        IExecutionConfigurationGathererContext context, IResource resource, ILogger resourceLogger,
        DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < context.Arguments.Count; i++)
            context.Arguments[i] = new GuestValue(context.Arguments[i], resolver);
        foreach ((string name, object value) in context.EnvironmentVariables.ToArray())
            context.EnvironmentVariables[name] = new GuestValue(value, resolver);
        return ValueTask.CompletedTask;
    }

    /// <summary>A value that resolves to its value inside a micro-VM.</summary>
    internal sealed class GuestValue(object value, ValueResolver resolver) : IValueProvider
    {
        /// <summary>Whether the value contains a secret parameter.</summary>
        public bool IsSecret { get; } = ShownArgument.IsMadeOfSecrets(value);

        public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
            await resolver.ResolveAsync(value, cancellationToken).ConfigureAwait(false);
    }
}
