using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Configuration;

/// <summary>An argument of a container's program, as shown to a user.</summary>
/// <param name="Value">The argument.</param>
/// <param name="IsSecret">Whether it is masked until the user asks for it.</param>
internal sealed record ShownArgument(string Value, bool IsSecret)
{
    /// <summary>Whether the value contains a secret parameter, at any depth.</summary>
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
