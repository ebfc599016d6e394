namespace Islet;

/// <summary>A registry did not answer, or answered with an error of its own, also after a few attempts.</summary>
public sealed class RegistryUnreachableException(string message, Exception? innerException = null) : ImageException(message, innerException)
{
    /// <summary>Another attempt may succeed.</summary>
    internal bool IsTransient { get; init; }

    /// <summary>How long the registry asks to wait before that.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}
