using Islet.Disks.Ext4;
using Microsoft.Win32.SafeHandles;

namespace Islet.Disks;

/// <summary>Turns the layers of an image into one ext4 filesystem, without root and without extracting anything on the host.</summary>
internal static class RootfsBuilder
{
    /// <summary>
    /// The version of the written format, which is part of the names in the cache: when it changes, an image's disk is built again. Raise
    /// it with every change to the bytes.
    /// </summary>
    public const int FormatVersion = 5;

    /// <summary>Writes the filesystem. Blocks the calling thread.</summary>
    /// <param name="layers">The layers, from the lowest up.</param>
    /// <param name="file">An empty file, open for reading and writing; the caller keeps ownership.</param>
    /// <param name="identity">The source of the filesystem's UUID.</param>
    /// <param name="volumes">
    /// The image's volumes, if the disk is for containers; it then also gets the files of <see cref="StandardFiles"/>.
    /// <see langword="null"/>: only the layers.
    /// </param>
    /// <param name="cancellationToken">Cancels the work; the file is then useless.</param>
    /// <exception cref="InvalidLayerException">A layer cannot be unpacked.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Build(
        IReadOnlyList<LayerSource> layers,
        SafeFileHandle file,
        Ext4Identity identity,
        IReadOnlyList<string>? volumes,
        CancellationToken cancellationToken)
    {
        var disk = new Ext4Writer(file, identity);
        var unpacker = new LayerUnpacker(disk);
        foreach (LayerSource layer in layers)
        {
            using var archive = new ReadAheadStream(layer.Open);
            unpacker.Apply(archive, layer.Name, cancellationToken);
        }

        if (volumes is not null)
            StandardFiles.AddMissing(unpacker.Tree, layers.Count + 1, volumes);
        disk.Complete(unpacker.Tree, cancellationToken);
    }
}
