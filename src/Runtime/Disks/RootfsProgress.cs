namespace Islet.Disks;

/// <summary>How far the root filesystem of an image is.</summary>
/// <param name="Layer">The layer being unpacked, from 1; one more than <paramref name="Layers"/> while the end is written.</param>
/// <param name="Layers">How many layers there are.</param>
/// <param name="Entries">Entries unpacked so far, of all layers.</param>
/// <param name="Bytes">Contents of files written so far, in bytes.</param>
internal readonly record struct RootfsProgress(int Layer, int Layers, long Entries, long Bytes);
