namespace Islet.VirtualMachines;

/// <summary>A file below the disk of a machine, which the machine only reads, with the files below it.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Format">Its format.</param>
/// <param name="Below">
/// The file below it. It is never read out of the file itself: a guest that has broken out of its machine can write what it likes there,
/// and the next QEMU that opens the file may be root at that time.
/// </param>
internal sealed record DiskImage(string Path, DiskFormat Format = DiskFormat.Raw, DiskImage? Below = null)
{
    /// <summary>This file, and then each the one below.</summary>
    public IEnumerable<DiskImage> Chain
    {
        get
        {
            for (DiskImage? image = this; image is not null; image = image.Below)
                yield return image;
        }
    }
}
