namespace Aspire.Hosting.ApplicationModel;

/// <summary>Whether a container outlives the application.</summary>
public enum ContainerLifetime
{
    Session = 0,
    Persistent = 1,
}

/// <inheritdoc cref="ContainerLifetime"/>
public sealed class ContainerLifetimeAnnotation : IResourceAnnotation
{
    public required ContainerLifetime Lifetime { get; set; }
}

/// <summary>When an image is pulled.</summary>
public enum ImagePullPolicy
{
    Default = 0,
    Always = 1,
    Missing = 2,
    Never = 3,
}

/// <inheritdoc cref="ImagePullPolicy"/>
public sealed class ContainerImagePullPolicyAnnotation : IResourceAnnotation
{
    public required ImagePullPolicy ImagePullPolicy { get; set; }
}

/// <summary>The name the container gets, in place of a generated one.</summary>
public sealed class ContainerNameAnnotation : IResourceAnnotation
{
    public required string Name { get; set; }
}

/// <summary>One more name by which other containers find this one.</summary>
public sealed class ContainerNetworkAliasAnnotation(string alias) : IResourceAnnotation
{
    public string Alias { get; } = alias;

    public NetworkIdentifier Network { get; set; } = KnownNetworkIdentifiers.DefaultAspireContainerNetwork;
}
