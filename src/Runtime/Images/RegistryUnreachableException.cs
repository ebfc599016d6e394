namespace Islet;

/// <summary>The error that a registry did not answer, or answered with a server error, even after a few attempts.</summary>
public sealed class RegistryUnreachableException(string message, Exception? innerException = null) : ImageException(message, innerException)
{
    /// <summary>Whether another attempt may succeed.</summary>
    internal bool IsTransient { get; init; }

    /// <summary>The time that the registry asks to wait before the next attempt.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}
