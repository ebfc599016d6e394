namespace Islet.Disks;

/// <summary>The progress of building an image's root filesystem.</summary>
/// <param name="Layer">The layer being unpacked, from 1; one more than <paramref name="Layers"/> while the end is written.</param>
/// <param name="Layers">The number of layers.</param>
/// <param name="Entries">The number of entries unpacked so far, of all layers.</param>
/// <param name="Bytes">The bytes of file contents written so far.</param>
internal readonly record struct RootfsProgress(int Layer, int Layers, long Entries, long Bytes);
