using Islet.Description;
using Islet.Protocol.Agent;

namespace Islet.Starting;

/// <summary>The container's own process: the image's configuration, overridden by the builder's settings.</summary>
internal sealed record ProcessSettings(
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory,
    string User,
    IReadOnlyList<string> Capabilities)
{
    public const string ContainerProcessId = "init";

    /// <exception cref="ProcessStartException">Neither the image nor the builder names a program.</exception>
    public static ProcessSettings From(ContainerOptions options, ImageConfig image)
    {
        // As in Docker: another entrypoint discards the image's command, which held arguments for the old one.
        IReadOnlyList<string> entrypoint = options.Entrypoint ?? image.Entrypoint;
        IReadOnlyList<string> command = options.Command ?? (options.Entrypoint is null ? image.Cmd : []);
        string[] arguments = [.. entrypoint, .. command];
        if (arguments.Length == 0 || arguments[0].Length == 0)
        {
            throw new ProcessStartException(
                $"The image {options.Image} names no program to run. Name one with WithCommand or WithEntrypoint.");
        }

        var environment = new Dictionary<string, string>();
        foreach (string variable in image.Env)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                environment[variable[..equals]] = variable[(equals + 1)..];
        }

        foreach ((string name, string value) in options.Environment)
            environment[name] = value;

        return new ProcessSettings(
            arguments,
            environment,
            options.WorkingDirectory ?? (string.IsNullOrEmpty(image.WorkingDir) ? "/" : image.WorkingDir),
            options.User ?? image.User ?? "",
            CapabilitiesOf(options));
    }

    public ProcessSpec ToSpec(string id, ContainerOptions options)
    {
        var spec = new ProcessSpec
        {
            Id = id,
            WorkingDirectory = WorkingDirectory,
            User = User,
            NoNewPrivileges = options.NoNewPrivileges,
        };
        spec.Arguments.Add(Arguments);
        foreach ((string name, string value) in Environment)
            spec.Environment.Add($"{name}={value}");
        spec.AdditionalGroups.Add(options.AdditionalGroups);
        spec.Capabilities.Add(Capabilities);
        foreach (ResourceLimit limit in options.ResourceLimits)
            spec.Rlimits.Add(new Rlimit { Type = limit.Type, Soft = limit.Soft, Hard = limit.Hard });
        if (options.Seccomp is { } seccomp)
        {
            spec.Seccomp = new Seccomp();
            spec.Seccomp.DeniedSyscalls.Add(seccomp.DeniedSystemCalls);
        }

        if (options.Terminal is { } terminal)
        {
            spec.Terminal = true;
            spec.Rows = (uint)terminal.Rows;
            spec.Columns = (uint)terminal.Columns;
        }

        spec.Stdin = options.OpenStdin;
        return spec;
    }

    private static string[] CapabilitiesOf(ContainerOptions options)
    {
        // The order is Docker's: capabilities that are added by name survive a drop of ALL.
        IEnumerable<string> given = options.Privileged ? Capability.All : Capability.Default;
        return [.. given.Except(options.DroppedCapabilities).Union(options.AddedCapabilities)];
    }
}
