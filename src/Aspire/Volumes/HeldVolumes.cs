using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Volumes;

/// <summary>
/// The volumes of one container, from its start to its end. A micro-VM has them on its own disk: what was kept is copied in before the
/// start, and what is there at the end is kept. The resource's log says so.
/// </summary>
internal sealed class HeldVolumes(ContainerResource resource, VolumeStore store, ILogger log) : IDisposable
{
    private readonly List<(string Target, Volume Volume)> _held = [];

    /// <summary>Whether nothing outlives the container.</summary>
    public bool IsEmpty => _held.Count == 0;

    /// <summary>Tells the contents that are there from former and later ones.</summary>
    public string Generation => string.Join(' ', _held.Select(held => held.Volume.Generation));

    /// <summary>What <see cref="Generation"/> will be once the contents at the end were kept.</summary>
    public string NextGeneration => string.Join(' ', _held.Select(_ => _next));

    private readonly string _next = Guid.NewGuid().ToString("N");

    /// <summary>Takes them; nobody else has them until this is disposed.</summary>
    public void Take()
    {
        foreach (ContainerMountAnnotation mount in resource.Annotations.OfType<ContainerMountAnnotation>().Where(mount => mount.Type == ContainerMountType.Volume))
        {
            if (mount.Source is { Length: > 0 } name)
                _held.Add((mount.Target, store.Take(name, mount.IsReadOnly)));
            else
                log.VolumeIsOwn(mount.Target);
        }
    }

    /// <summary>Puts what was kept into a container that is described. A new volume begins with what the image has at the path.</summary>
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

    /// <summary>Keeps what a container that has ended leaves in them.</summary>
    public async Task KeepAsync(Container container)
    {
        foreach ((string target, Volume volume) in _held.Where(held => !held.Volume.IsReadOnly))
        {
            try
            {
                log.VolumeIsKept(volume.Name, MemorySize.FromBytes(await volume.KeepAsync(container, target, _next).ConfigureAwait(false)).ToString());
            }
            catch (Exception exception) when (exception is IsletException or IOException or UnauthorizedAccessException or ObjectDisposedException)
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
