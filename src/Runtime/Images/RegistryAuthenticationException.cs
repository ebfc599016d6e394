namespace Islet;

/// <summary>The error that a registry refused access: the credentials are wrong or lack the right, or none were given.</summary>
public sealed class RegistryAuthenticationException(string message, bool credentialsGiven, Exception? innerException = null)
    : ImageException(message, innerException)
{
    /// <summary>Whether credentials were found, and were refused or could not be sent safely. If false, there were none.</summary>
    public bool CredentialsGiven { get; } = credentialsGiven;
}
