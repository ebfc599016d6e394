namespace Islet.Disks;

/// <summary>A layer to be unpacked.</summary>
/// <param name="Name">What an error or a log calls it: its digest.</param>
/// <param name="Open">Opens the layer's tar archive, without its compression. Called once; the stream is read on another thread.</param>
internal sealed record LayerSource(string Name, Func<Stream> Open);
