namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something that a container finds at a path.</summary>
public sealed class ContainerMountAnnotation : IResourceAnnotation
{
    public ContainerMountAnnotation(string? source, string target, ContainerMountType type, bool isReadOnly)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (type == ContainerMountType.BindMount && !Path.IsPathRooted(source))
            throw new ArgumentException("Bind mounts must have an absolute source path.", nameof(source));

        Source = source;
        Target = target;
        Type = type;
        IsReadOnly = isReadOnly;
    }

    /// <summary>The directory or file of this machine, or the volume's name; null for an anonymous volume.</summary>
    public string? Source { get; }

    public string Target { get; }

    public ContainerMountType Type { get; }

    public bool IsReadOnly { get; }
}

/// <summary>What is mounted.</summary>
public enum ContainerMountType
{
    BindMount = 0,
    Volume = 1,
}
