namespace Islet;

/// <summary>Settings that can't be used, or an environment variable that can't be read.</summary>
public sealed class IsletOptionsException : IsletException
{
    internal IsletOptionsException(IReadOnlyList<string> failures)
        : base("Islet's options can't be used. " + string.Join(' ', failures)) => Failures = failures;

    /// <summary>A sentence for each mistake.</summary>
    public IReadOnlyList<string> Failures { get; }
}
