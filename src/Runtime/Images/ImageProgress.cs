namespace Islet;

/// <summary>The progress of an image transfer.</summary>
/// <param name="Layer">The layer that made progress; <see langword="null"/> when the report is about the image as a whole.</param>
/// <param name="Phase">
/// The phase: one of <see cref="Resolving"/>, <see cref="Downloading"/>, <see cref="Importing"/>, <see cref="Complete"/>.
/// </param>
/// <param name="BytesDone">The bytes of the layer that have arrived, counted as transferred (usually compressed).</param>
/// <param name="BytesTotal">The layer's size in bytes, if known.</param>
public sealed record ImageProgress(Digest? Layer, string Phase, long BytesDone, long? BytesTotal)
{
    /// <summary>The reference is being looked up.</summary>
    public const string Resolving = "resolving";

    /// <summary>A layer is coming from a registry.</summary>
    public const string Downloading = "downloading";

    /// <summary>A layer is being copied from a local layout or archive.</summary>
    public const string Importing = "importing";

    /// <summary>A layer, or the whole image, is in the store and verified.</summary>
    public const string Complete = "complete";
}
