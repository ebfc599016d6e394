namespace Islet;

public sealed partial class ContainerRuntime
{
    // No environment variable can have this name, so a secret derived here never equals a hash of a variable that a snapshot's key shows.
    private const string DerivedSecret = "derived=secret";

    /// <summary>
    /// Derives a stable password: random, different for every cache directory and every purpose, and the same at each call. With a new
    /// password for each start, no start could find the snapshot that an earlier one has left.
    /// </summary>
    /// <param name="purpose">The purpose of the password: <c>PostgreSQL/password</c>.</param>
    /// <returns>128 bits as 32 lower-case hexadecimal digits, which need no quoting anywhere.</returns>
    /// <remarks>It is derived (HMAC-SHA-256) from a random key that is kept in the cache directory, readable by its owner only.</remarks>
    /// <exception cref="StorageException">The cache directory can't be written.</exception>
    public string DeriveSecret(string purpose)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        return Convert.ToHexStringLower(Engine.Snapshots.Secret.Hash(DerivedSecret, purpose).AsSpan(0, 16));
    }
}
