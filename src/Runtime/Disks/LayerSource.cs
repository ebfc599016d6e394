namespace Islet.Disks;

/// <summary>A layer to be unpacked.</summary>
/// <param name="Name">The name in errors and in the log: the layer's digest.</param>
/// <param name="Open">Opens the layer's tar archive, decompressed. Called once; another thread reads the stream.</param>
internal sealed record LayerSource(string Name, Func<Stream> Open);
