namespace Islet;

/// <summary>
/// The error that an image, tag or platform does not exist. The message lists the existing alternatives where they are known.
/// </summary>
public sealed class ImageNotFoundException(string message, Exception? innerException = null) : ImageException(message, innerException)
{
    /// <summary>The tags or platforms that do exist; empty when they are not known.</summary>
    public IReadOnlyList<string> Alternatives { get; internal init; } = [];

    internal static ImageNotFoundException WithAlternatives(string message, string kind, IEnumerable<string> alternatives)
    {
        string[] known = [.. alternatives.Distinct().Order(StringComparer.Ordinal)];
        const int shown = 20;
        string list = known.Length switch
        {
            0 => "",
            <= shown => $" Available {kind}: {string.Join(", ", known)}.",
            _ => $" Available {kind}: {string.Join(", ", known.Take(shown))} and {known.Length - shown} more.",
        };
        return new ImageNotFoundException(message + list) { Alternatives = known };
    }
}
