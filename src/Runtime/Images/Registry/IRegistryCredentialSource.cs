namespace Islet.Images.Registry;

/// <summary>Knows credentials by registry.</summary>
internal interface IRegistryCredentialSource
{
    /// <summary>
    /// The credential for a repository (<c>library/redis</c>) of a registry (<c>docker.io</c>, <c>localhost:5000</c>), or
    /// <see langword="null"/> when there is none.
    /// </summary>
    Task<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancellationToken);
}
