using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Starts;

/// <summary>An argument of a container's program, for a person who looks at it.</summary>
/// <param name="Value">The argument.</param>
/// <param name="IsSecret">Whether it is masked until the person asks for it.</param>
internal sealed record ShownArgument(string Value, bool IsSecret)
{
    /// <summary>Whether a secret parameter is a part of the value, at any depth.</summary>
    public static bool IsMadeOfSecrets(object? value) => IsMadeOfSecrets(value, new(ReferenceEqualityComparer.Instance));

    private static bool IsMadeOfSecrets(object? value, HashSet<object> seen) => value switch
    {
        null or string => false,
        ParameterResource parameter => parameter.Secret,
        IResourceBuilder<IResource> builder => IsMadeOfSecrets(builder.Resource, seen),
        IValueWithReferences parts => seen.Add(parts) && parts.References.Any(part => IsMadeOfSecrets(part, seen)),
        _ => false,
    };
}
