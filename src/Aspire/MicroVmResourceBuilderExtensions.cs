using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Lifecycle;
using Islet.Aspire;
using Islet.Aspire.Terminals;
using Microsoft.Extensions.DependencyInjection;

// This is the namespace in which an AppHost has its extension methods anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting;

/// <summary>Runs containers in micro-VMs, one for each, instead of a container engine.</summary>
public static class MicroVmResourceBuilderExtensions
{
    /// <summary>Adds a container that runs in a micro-VM. All <c>With…</c> methods of a container work on it.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name, by which other micro-VMs also reach it.</param>
    /// <param name="image">The image: <c>nginx</c>, <c>registry.example.com/team/app</c>.</param>
    /// <param name="tag">The tag of the image. Default: <c>latest</c>.</param>
    public static IResourceBuilder<ContainerResource> AddMicroVmContainer(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, string image, string? tag = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IResourceBuilder<ContainerResource> container = tag is null
            ? ContainerResourceBuilderExtensions.AddContainer(builder, name, image)
            : ContainerResourceBuilderExtensions.AddContainer(builder, name, image, tag);
        return container.RunAsMicroVm();
    }

    /// <summary>
    /// Runs the container in its own micro-VM when the application is run. Publishing does not change: the container is an ordinary one
    /// then.
    /// </summary>
    /// <param name="builder">A container: the result of <c>AddContainer</c>, <c>AddPostgres</c>, <c>AddRedis</c> ….</param>
    /// <param name="configure">Sets the options. Default: 512 MiB of memory and one CPU.</param>
    /// <typeparam name="T">The container's type.</typeparam>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<T> RunAsMicroVm<T>(this IResourceBuilder<T> builder, Action<MicroVmOptions>? configure = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!builder.ApplicationBuilder.ExecutionContext.IsRunMode)
            return builder;

        AddServices(builder.ApplicationBuilder.Services);
        MicroVmOptions options = MicroVmAnnotations.GetOrAdd(builder.Resource);
        configure?.Invoke(options);
        return builder;
    }

    /// <summary>
    /// Runs the application's containers in micro-VMs, including those that are added later. A test can call it on an AppHost that does not
    /// use micro-VMs itself.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="filter">
    /// Selects the containers. Default: all but the emulators of cloud services, which need a container engine.
    /// </param>
    /// <param name="configure">Sets the options of each of them. Default: 512 MiB of memory and one CPU.</param>
    /// <returns>The same builder.</returns>
    public static IDistributedApplicationBuilder UseMicroVms(
        this IDistributedApplicationBuilder builder, Func<ContainerResource, bool>? filter = null,
        Action<ContainerResource, MicroVmOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!builder.ExecutionContext.IsRunMode)
            return builder;

        AddServices(builder.Services);
        builder.Services.AddSingleton(new MicroVmSelection(filter ?? (static _ => true), configure ?? (static (_, _) => { })));
        return builder;
    }

    /// <summary>
    /// Starts the container, if it runs in a micro-VM, from the state in which it was ready the last time. The first start is an ordinary
    /// one: once the resource's health checks pass, memory and disk are saved together. Later runs of the application restore them.
    /// </summary>
    /// <remarks>
    /// When the image, the variables, the arguments or the files change, the container starts without that state. A password that is
    /// generated at each run is such a change; one that Aspire keeps in the user secrets is not. The state does not contain data written
    /// after the container was ready: use <see cref="ContainerLifetime.Persistent"/> for that.
    /// </remarks>
    /// <param name="builder">A container.</param>
    /// <typeparam name="T">The container's type.</typeparam>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<T> WithWarmStart<T>(this IResourceBuilder<T> builder)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new MicroVmWarmStartAnnotation(), ResourceAnnotationMutationBehavior.Replace);
    }

    private static void AddServices(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(MicroVmApplication)))
            return;

        services.AddIslet();
        services.AddSingleton<MicroVmApplication>();
        services.AddHostedService(provider => provider.GetRequiredService<MicroVmApplication>());
        services.TryAddEventingSubscriber<MicroVmSubscriber>();
        MicroVmContainerRuntimeResolver.Add(services, static provider => provider.GetRequiredService<MicroVmApplication>().Bridge);
    }
}
