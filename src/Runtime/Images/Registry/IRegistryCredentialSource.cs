namespace Islet.Images.Registry;

/// <summary>A source of credentials, by registry.</summary>
internal interface IRegistryCredentialSource
{
    /// <summary>
    /// Returns the credential for a repository (<c>library/redis</c>) of a registry (<c>docker.io</c>, <c>localhost:5000</c>), or
    /// <see langword="null"/> when there is none.
    /// </summary>
    Task<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancellationToken);
}
