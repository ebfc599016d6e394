namespace Islet;

/// <summary>A registry refused access: the credentials are wrong or lack the right, or none were given.</summary>
public sealed class RegistryAuthenticationException(string message, bool credentialsGiven, Exception? innerException = null)
    : ImageException(message, innerException)
{
    /// <summary>Credentials were found and refused, or could not be sent safely; otherwise there were none.</summary>
    public bool CredentialsGiven { get; } = credentialsGiven;
}
