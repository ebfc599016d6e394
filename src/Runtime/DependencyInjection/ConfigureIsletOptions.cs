using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Islet.DependencyInjection;

/// <summary>Reads the settings from the environment and from a section of the configuration, which wins.</summary>
/// <remarks>
/// The section is read by hand, because the framework's binder needs reflection and can't distinguish a port from a key.
/// </remarks>
internal sealed class ConfigureIsletOptions(IConfiguration? section, ILoggerFactory? loggers) : IConfigureOptions<IsletOptions>
{
    public void Configure(IsletOptions options)
    {
        if (loggers is not null)
            options.LoggerFactory = loggers;

        // The validation reads the environment again, and reports its errors together with those of the code.
        options.ReadEnvironment(Environment.GetEnvironmentVariable, new IsletOptionsText());
        var text = new IsletOptionsText();
        if (section is not null)
        {
            ReadValues(options, section, text);
            ReadRegistries(options, section, text);
        }

        if (text.Failures.Count > 0)
            throw new OptionsValidationException(Options.DefaultName, typeof(IsletOptions), text.Failures);
    }

    private static void ReadValues(IsletOptions options, IConfiguration section, IsletOptionsText text)
    {
        // The property itself is not read, since its default may not exist.
        if (Path(nameof(IsletOptions.CacheDirectory)) is { } cache)
            options.CacheDirectory = cache;
        options.KernelPath = Path(nameof(IsletOptions.KernelPath)) ?? options.KernelPath;
        options.InitramfsPath = Path(nameof(IsletOptions.InitramfsPath)) ?? options.InitramfsPath;
        options.QemuPath = Path(nameof(IsletOptions.QemuPath)) ?? options.QemuPath;
        options.RunDirectory = Path(nameof(IsletOptions.RunDirectory)) ?? options.RunDirectory;
        options.DefaultMemory = Read(text.Memory, nameof(IsletOptions.DefaultMemory)) ?? options.DefaultMemory;
        options.DefaultCpus = Read(text.Integer, nameof(IsletOptions.DefaultCpus)) ?? options.DefaultCpus;
        options.SnapshotCacheLimit = Read(text.Memory, nameof(IsletOptions.SnapshotCacheLimit)) ?? options.SnapshotCacheLimit;
        options.PrepareTemplates = Read(text.Boolean, nameof(IsletOptions.PrepareTemplates)) ?? options.PrepareTemplates;
        options.PrestartQemu = Read(text.Boolean, nameof(IsletOptions.PrestartQemu)) ?? options.PrestartQemu;
        options.PooledMachines = Read(text.Integer, nameof(IsletOptions.PooledMachines)) ?? options.PooledMachines;

        string? Path(string name) => section[name] is { Length: > 0 } path ? path : null;

        T? Read<T>(Func<string, string?, T?> read, string name)
            where T : struct => read(section.GetSection(name).Path, section[name]);
    }

    private static void ReadRegistries(IsletOptions options, IConfiguration section, IsletOptionsText text)
    {
        options.InsecureRegistries = ListOf(section.GetSection(nameof(IsletOptions.InsecureRegistries)), text)
            ?? options.InsecureRegistries;

        IConfigurationSection mirrors = section.GetSection(nameof(IsletOptions.RegistryMirrors));
        if (mirrors.Value is not null)
        {
            options.RegistryMirrors = text.Mirrors(mirrors.Path, mirrors.Value) ?? options.RegistryMirrors;
        }
        else if (mirrors.GetChildren().Any())
        {
            options.RegistryMirrors = ByRegistry(mirrors, registry => ListOf(registry, text))
                .ToDictionary(entry => entry.Registry, entry => entry.Value);
        }

        IConfigurationSection credentials = section.GetSection(nameof(IsletOptions.RegistryCredentials));
        if (credentials.GetChildren().Any())
        {
            options.RegistryCredentials = ByRegistry(credentials, CredentialOf)
                .ToDictionary(entry => entry.Registry, entry => entry.Value);
        }
    }

    /// <summary>
    /// Returns the registries under a section. The colon before a port also separates keys in the configuration, so a registry's name
    /// may be spread over two sections.
    /// </summary>
    private static IEnumerable<(string Registry, T Value)> ByRegistry<T>(IConfigurationSection parent, Func<IConfigurationSection, T?> read)
        where T : class
    {
        foreach (IConfigurationSection child in parent.GetChildren())
        {
            if (read(child) is { } value)
                yield return (child.Key, value);

            foreach (IConfigurationSection port in child.GetChildren())
            {
                if (IsPort(port) && read(port) is { } behindPort)
                    yield return ($"{child.Key}:{port.Key}", behindPort);
            }
        }
    }

    // The list is a text with commas, or an array, whose keys count from 0.
    private static IReadOnlyList<string>? ListOf(IConfigurationSection section, IsletOptionsText text)
    {
        if (section.Value is not null)
            return text.List(section.Value);

        string[] items = [.. section.GetChildren().Where(child => !IsPort(child)).Select(child => child.Value).OfType<string>()];
        return items.Length > 0 ? items : null;
    }

    private static NetworkCredential? CredentialOf(IConfigurationSection section) =>
        section[nameof(NetworkCredential.UserName)] is { } user
            ? new NetworkCredential(user, section[nameof(NetworkCredential.Password)])
            : null;

    // No list of mirrors has that many items, and no registry listens on a lower port.
    private static bool IsPort(IConfigurationSection section) => int.TryParse(section.Key, out int number) && number >= 80;
}
