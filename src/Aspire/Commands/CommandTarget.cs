using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Commands;

/// <summary>
/// A resource of a complete model, to which commands are added. Only <c>WithCommand</c> can give a command a progress dialog, and it takes
/// a builder.
/// </summary>
internal sealed class CommandTarget(IResource resource) : IResourceBuilder<IResource>
{
    public IResource Resource => resource;

    public IDistributedApplicationBuilder ApplicationBuilder => throw new NotSupportedException("The application is built already.");

    public IResourceBuilder<IResource> WithAnnotation<TAnnotation>(
        TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
        where TAnnotation : IResourceAnnotation
    {
        if (behavior == ResourceAnnotationMutationBehavior.Replace)
        {
            foreach (TAnnotation former in resource.Annotations.OfType<TAnnotation>().ToArray())
                resource.Annotations.Remove(former);
        }

        resource.Annotations.Add(annotation);
        return this;
    }

    /// <summary>Adds a command. The exceptions that it throws are the reasons of its failures.</summary>
    /// <param name="name">The name by which programs call it.</param>
    /// <param name="displayName">The name shown to users.</param>
    /// <param name="stateOf">Returns whether the command is available in a state of the resource.</param>
    /// <param name="run">Runs the command.</param>
    /// <param name="options">The other options of the command.</param>
    public void Add(
        string name, string displayName, Func<string?, ResourceCommandState> stateOf,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> run, CommandOptions options)
    {
        options.UpdateState = context => stateOf(context.ResourceSnapshot.State?.Text);
        this.WithCommand(name, displayName, async context =>
        {
            try
            {
                return await run(context).ConfigureAwait(false);
            }
            catch (Exception exception) when (!context.CancellationToken.IsCancellationRequested)
            {
                return CommandResults.Failure(exception.Message);
            }
        }, options);
    }
}
