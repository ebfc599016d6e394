using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Commands;

/// <summary>
/// A resource of a model that is complete, to which commands are added. Only <c>WithCommand</c> can give a command a progress dialog, and
/// it takes a builder.
/// </summary>
internal sealed class CommandTarget(IResource resource) : IResourceBuilder<IResource>
{
    public IResource Resource => resource;

    public IDistributedApplicationBuilder ApplicationBuilder => throw new NotSupportedException("The application is built already.");

    public IResourceBuilder<IResource> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
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

    /// <summary>Adds a command whose exceptions are the reasons of its failures.</summary>
    /// <param name="name">The name that programs call it by.</param>
    /// <param name="displayName">The name that people read.</param>
    /// <param name="stateOf">Tells from the resource's state whether the command can be given.</param>
    /// <param name="run">Runs it.</param>
    /// <param name="options">The rest.</param>
    public void Add(
        string name, string displayName, Func<string?, ResourceCommandState> stateOf, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> run, CommandOptions options)
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
