using System.Net;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Health;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport =>
        builder.WithWait(new WaitAnnotation(dependency.Resource, WaitType.WaitUntilHealthy));

    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitBehavior waitBehavior)
        where T : IResourceWithWaitSupport =>
        builder.WithWait(new WaitAnnotation(dependency.Resource, WaitType.WaitUntilHealthy) { WaitBehavior = waitBehavior });

    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport =>
        builder.WithWait(new WaitAnnotation(dependency.Resource, WaitType.WaitUntilStarted));

    public static IResourceBuilder<T> WaitForCompletion<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport =>
        builder.WithWait(new WaitAnnotation(dependency.Resource, WaitType.WaitForCompletion, exitCode));

    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource =>
        builder.WithAnnotation(new HealthCheckAnnotation(key));

    /// <param name="statusCode">200 where nothing is said.</param>
    /// <param name="endpointName">"http" where nothing is said.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, [EndpointName] string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        var expected = (HttpStatusCode)(statusCode ?? 200);
        EndpointReference endpoint = builder.GetEndpoint(endpointName ?? "http");
        string key = $"{builder.Resource.Name}_{endpoint.EndpointName}_{path ?? "/"}_{(int)expected}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().AddCheck(key, new HttpHealthCheck(endpoint, path ?? "/", expected));
        return builder.WithHealthCheck(key);
    }

    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder)
        where T : IResource =>
        builder.WithAnnotation(new ExplicitStartupAnnotation(), ResourceAnnotationMutationBehavior.Replace);

    // Who waits for a part waits for the whole too: the part's state is the whole's.
    private static IResourceBuilder<T> WithWait<T>(this IResourceBuilder<T> builder, WaitAnnotation wait)
        where T : IResourceWithWaitSupport
    {
        if (wait.Resource is IResourceWithParent { Parent: var parent } && parent != (IResource)builder.Resource)
            builder.WithWait(new WaitAnnotation(parent, wait.WaitType, wait.ExitCode) { WaitBehavior = wait.WaitBehavior });

        return builder.WithRelationship(wait.Resource, "WaitFor").WithAnnotation(wait);
    }
}
