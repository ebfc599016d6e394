using System.Globalization;
using Islet.Diagnostics;

namespace Islet;

/// <summary>
/// The error that a layer of an image cannot become part of a root filesystem: it is not a tar archive, it is damaged, or it has an invalid
/// entry. Such an entry is refused (a name that leads out of the image), or a Linux filesystem cannot store it.
/// </summary>
internal sealed class InvalidLayerException : ImageException
{
    internal InvalidLayerException(string problem, Exception? innerException = null)
        : base(problem, innerException) => Problem = problem;

    private InvalidLayerException(string message, InvalidLayerException origin, int layerIndex, string? entryName)
        : base(message, origin.InnerException)
    {
        Problem = origin.Problem;
        LayerIndex = layerIndex;
        EntryName = entryName;
    }

    /// <summary>The layer's index in the image, from 0 for the lowest; -1 if it is not known.</summary>
    public int LayerIndex { get; } = -1;

    /// <summary>
    /// The entry's name as the archive spells it, made printable; <see langword="null"/> when the error is about the whole archive.
    /// </summary>
    public string? EntryName { get; }

    /// <summary>The description of the problem, without layer and entry.</summary>
    public string Problem { get; }

    /// <summary>Returns the same error, with the place where it happened.</summary>
    internal InvalidLayerException At(int layerIndex, string layerName, ReadOnlySpan<byte> entryName)
    {
        string? entry = entryName.IsEmpty ? null : Printable.Of(entryName);
        string place = string.Create(CultureInfo.InvariantCulture, $"Layer {layerIndex} of the image ({layerName}) cannot be unpacked");
        string message = entry is null
            ? $"{place}: {Problem} Pull or build the image again."
            : $"{place} because of its entry \"{entry}\": {Problem} "
              + "Build the image without that entry, or pull it again if it was damaged on its way.";
        return new InvalidLayerException(message, this, layerIndex, entry);
    }
}
