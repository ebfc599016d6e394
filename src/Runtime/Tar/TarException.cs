namespace Islet.Tar;

/// <summary>
/// The error that a stream is not a tar archive, or a damaged one. The message says what is wrong and not where: the code that knows the
/// archive's origin turns it into its own kind of error.
/// </summary>
internal sealed class TarException(string message) : Exception(message);
