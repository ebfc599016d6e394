namespace Islet;

/// <summary>A snapshot of a machine could not be kept or used.</summary>
internal sealed class SnapshotException(string message, Exception? innerException = null) : IsletException(message, innerException);
