namespace Islet.Tar;

/// <summary>
/// A stream is no tar archive, or a damaged one. The message says what is wrong and not where: the code that knows where the archive comes from
/// turns it into an error of its own kind.
/// </summary>
internal sealed class TarException(string message) : Exception(message);
