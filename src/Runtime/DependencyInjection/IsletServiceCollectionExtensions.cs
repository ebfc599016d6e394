using Islet;
using Islet.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

// The namespace in which a program that sets up its services has its extension methods anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Islet to the services of a program.</summary>
public static class IsletServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="ContainerRuntime"/>, which the provider disposes, and its <see cref="IsletOptions"/>. They are read from the
    /// section <c>Islet</c> of the services' configuration, where there is one, and checked when the program's host starts.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the settings, after the configuration. Default: nothing.</param>
    /// <returns>The same services.</returns>
    /// <remarks>
    /// Whatever makes an <see cref="IOptions{TOptions}"/> of <see cref="IsletOptions"/> throws an <see cref="OptionsValidationException"/>
    /// with a sentence for each mistake. Settings are read once: what changes in the configuration later has no effect.
    /// </remarks>
    public static IServiceCollection AddIslet(this IServiceCollection services, Action<IsletOptions>? configure = null) =>
        AddIslet(services, static provider => provider.GetService<IConfiguration>()?.GetSection("Islet"), configure);

    /// <summary>
    /// Adds a <see cref="ContainerRuntime"/>, which the provider disposes, and its <see cref="IsletOptions"/>, read from a section of a
    /// configuration.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section whose keys are the settings' names.</param>
    /// <param name="configure">Changes the settings, after the configuration. Default: nothing.</param>
    /// <inheritdoc cref="AddIslet(IServiceCollection, Action{IsletOptions}?)"/>
    public static IServiceCollection AddIslet(
        this IServiceCollection services, IConfiguration section, Action<IsletOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        return AddIslet(services, _ => section, configure);
    }

    private static IServiceCollection AddIslet(
        IServiceCollection services, Func<IServiceProvider, IConfiguration?> section, Action<IsletOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);

        // In front of all others, those of a Configure before this call too: what code sets goes before the configuration.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<IsletOptions>>(
            provider => new ConfigureIsletOptions(section(provider), provider.GetService<Logging.ILoggerFactory>())));
        services.AddOptions<IsletOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IsletOptions>, ValidateIsletOptions>());
        services.TryAddSingleton(provider => new ContainerRuntime(provider.GetRequiredService<IOptions<IsletOptions>>().Value));
        return configure is null ? services : services.Configure(configure);
    }
}
