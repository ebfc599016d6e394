namespace Islet;

// The privileges of the container's processes inside their machine.
public abstract partial class ContainerBuilder<TBuilder, TContainer>
{
    /// <summary>Adds capabilities to <see cref="Capability.Default"/>, by names such as <c>NET_ADMIN</c>.</summary>
    /// <exception cref="ArgumentException">Linux has no such capability.</exception>
    public TBuilder WithCapabilities(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return With(_options with { AddedCapabilities = [.. _options.AddedCapabilities, .. names.Select(Capability.Normalize)] });
    }

    /// <summary>Removes capabilities; <c>ALL</c> removes all that <see cref="WithCapabilities"/> does not add.</summary>
    /// <exception cref="ArgumentException">Linux has no such capability.</exception>
    public TBuilder WithoutCapabilities(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        IEnumerable<string> dropped = names.SelectMany(name =>
            name.Equals("ALL", StringComparison.OrdinalIgnoreCase) ? Capability.All : [Capability.Normalize(name)]);
        return With(_options with { DroppedCapabilities = [.. _options.DroppedCapabilities, .. dropped] });
    }

    /// <summary>
    /// Gives the container every capability, and no masked or read-only paths. It is root in its own machine, never on the host.
    /// </summary>
    public TBuilder WithPrivileged() => With(_options with { Privileged = true });

    /// <summary>Sets <c>no_new_privs</c>: setuid programs and file capabilities have no effect.</summary>
    public TBuilder WithNoNewPrivileges() => With(_options with { NoNewPrivileges = true });

    /// <summary>Runs the container under a seccomp profile. Default: none; the machine is what keeps the host safe.</summary>
    public TBuilder WithSeccomp(SeccompProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return With(_options with { Seccomp = profile });
    }
}
