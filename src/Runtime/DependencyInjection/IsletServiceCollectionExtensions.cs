using Islet;
using Islet.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

// A program that sets up its services uses this namespace anyway, so the extension methods are in it.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Islet to the services of a program.</summary>
public static class IsletServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="ContainerRuntime"/>, which the provider disposes, and its <see cref="IsletOptions"/>. They are read from the
    /// section <c>Islet</c> of the services' configuration, if it exists, and checked when the program's host starts.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">A function that changes the settings, after the configuration. Default: none.</param>
    /// <returns>The same services.</returns>
    /// <remarks>
    /// Reading an <see cref="IOptions{TOptions}"/> of <see cref="IsletOptions"/> throws an <see cref="OptionsValidationException"/>
    /// with a sentence for each mistake, if there are any. Settings are read once: later changes of the configuration have no effect.
    /// </remarks>
    public static IServiceCollection AddIslet(this IServiceCollection services, Action<IsletOptions>? configure = null) =>
        AddIslet(services, static provider => provider.GetService<IConfiguration>()?.GetSection("Islet"), configure);

    /// <summary>
    /// Adds a <see cref="ContainerRuntime"/>, which the provider disposes, and its <see cref="IsletOptions"/>, read from a section of a
    /// configuration.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section whose keys are the settings' names.</param>
    /// <param name="configure">A function that changes the settings, after the configuration. Default: none.</param>
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

        // It comes before all others, also those of an earlier call of Configure: a value set in code wins over the configuration.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<IsletOptions>>(
            provider => new ConfigureIsletOptions(section(provider), provider.GetService<Logging.ILoggerFactory>())));
        services.AddOptions<IsletOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IsletOptions>, ValidateIsletOptions>());
        services.TryAddSingleton(provider => new ContainerRuntime(provider.GetRequiredService<IOptions<IsletOptions>>().Value));
        return configure is null ? services : services.Configure(configure);
    }
}
