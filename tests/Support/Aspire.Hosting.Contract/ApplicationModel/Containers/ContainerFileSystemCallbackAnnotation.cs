namespace Aspire.Hosting.ApplicationModel;

/// <summary>Gives the files that are put into a container before it starts.</summary>
public sealed class ContainerFileSystemCallbackAnnotation : IResourceAnnotation
{
    public required string DestinationPath { get; init; }

    public int? DefaultOwner { get; init; }

    public int? DefaultGroup { get; init; }

    public UnixFileMode? Umask { get; set; }

    public required Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> Callback { get; init; }
}

/// <summary>For whom files are given.</summary>
public sealed class ContainerFileSystemCallbackContext
{
    public required IServiceProvider ServiceProvider { get; init; }

    public required IResource Model { get; init; }
}
