using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Logging;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Volumes;

/// <summary>
/// The volumes of one container, from its start to its end. A micro-VM has them on its own disk: the kept content is copied in before the
/// start, and the content at the end is kept. The resource's log says so.
/// </summary>
internal sealed class HeldVolumes(ContainerResource resource, VolumeStore store, ILogger log) : IDisposable
{
    private readonly List<(string Target, Volume Volume)> _held = [];

    /// <summary>Whether the container has no volume whose content outlives it.</summary>
    public bool IsEmpty => _held.Count == 0;

    /// <summary>An id of the current contents, which differs from that of earlier and later ones.</summary>
    public string Generation => string.Join(' ', _held.Select(held => held.Volume.Generation));

    /// <summary>The value that <see cref="Generation"/> will have once the contents at the end were kept.</summary>
    public string NextGeneration => string.Join(' ', _held.Select(_ => _next));

    private readonly string _next = Guid.NewGuid().ToString("N");

    /// <summary>Acquires the volumes; no other container has them until this is disposed.</summary>
    public void Take()
    {
        foreach (ContainerMountAnnotation mount in resource.Annotations
            .OfType<ContainerMountAnnotation>().Where(mount => mount.Type == ContainerMountType.Volume))
        {
            if (mount.Source is { Length: > 0 } name)
                _held.Add((mount.Target, store.Take(name, mount.IsReadOnly)));
            else
                log.VolumeIsOwn(mount.Target);
        }
    }

    /// <summary>Adds the kept contents to a container description. A new volume begins with the image's content at the path.</summary>
    public ContainerBuilder AddTo(ContainerBuilder builder)
    {
        foreach ((string target, Volume volume) in _held)
        {
            if (volume.Kept is { } kept)
            {
                log.VolumeIsFilled(volume.Name, target, kept);
                builder = builder.WithArchive(volume.Path, target);
            }
            else
            {
                log.VolumeIsNew(volume.Name, target);
            }
        }

        return builder;
    }

    /// <summary>Keeps the contents of the volumes after the container has ended.</summary>
    public async Task KeepAsync(Container container)
    {
        foreach ((string target, Volume volume) in _held.Where(held => !held.Volume.IsReadOnly))
        {
            try
            {
                log.VolumeIsKept(
                    volume.Name, MemorySize.FromBytes(await volume.KeepAsync(container, target, _next).ConfigureAwait(false)).ToString());
            }
            catch (Exception exception)
                when (exception is IsletException or IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                log.VolumeIsNotKept(volume.Name, exception.Message);
            }
        }
    }

    public void Dispose()
    {
        foreach ((_, Volume volume) in _held)
            volume.Dispose();
        _held.Clear();
    }
}
