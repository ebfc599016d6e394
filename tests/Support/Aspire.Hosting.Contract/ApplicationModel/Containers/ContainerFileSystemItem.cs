namespace Aspire.Hosting.ApplicationModel;

/// <summary>A file or directory that a container starts with.</summary>
public abstract class ContainerFileSystemItem
{
    private string? _name;

    /// <summary>The name within its directory, without separators.</summary>
    public string Name
    {
        get => _name ?? string.Empty;
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            if (Path.GetDirectoryName(value) is { Length: > 0 })
                throw new ArgumentException($"Name '{value}' must be a simple file or folder name and not include any path separators.", nameof(value));

            _name = value;
        }
    }

    public int? Owner { get; set; }

    public int? Group { get; set; }

    /// <summary>The permissions; 0 for those of the annotation's umask.</summary>
    public UnixFileMode Mode { get; set; }
}

/// <summary>A file with contents.</summary>
public abstract class ContainerFileBase : ContainerFileSystemItem
{
    /// <summary>The text of the file; not together with <see cref="SourcePath"/>.</summary>
    public string? Contents { get; set; }

    /// <summary>A file of this machine to copy; not together with <see cref="Contents"/>.</summary>
    public string? SourcePath { get; set; }

    public bool? ContinueOnError { get; set; }
}

/// <summary>A plain file.</summary>
public sealed class ContainerFile : ContainerFileBase;

/// <summary>A certificate in PEM, to which OpenSSL's hash link is added.</summary>
public sealed class ContainerOpenSSLCertificateFile : ContainerFileBase;

/// <summary>A directory.</summary>
public sealed class ContainerDirectory : ContainerFileSystemItem
{
    public IEnumerable<ContainerFileSystemItem> Entries { get; set; } = [];
}
