namespace Islet;

public sealed partial class ContainerRuntime
{
    // No environment variable has such a name: what is derived here never equals a hash that a snapshot's key shows of one.
    private const string DerivedSecret = "derived=secret";

    /// <summary>
    /// A password that nobody has to think of: random, different for every cache directory and every purpose, and the same each time it
    /// is asked for. Were it another each time, no start with it would find the snapshot that an earlier one has left.
    /// </summary>
    /// <param name="purpose">What it is for: <c>PostgreSQL/password</c>.</param>
    /// <returns>128 bits as 32 lower-case hexadecimal digits, which need no quoting anywhere.</returns>
    /// <remarks>It is derived (HMAC-SHA-256) from a random key that is kept in the cache directory, readable for its owner only.</remarks>
    /// <exception cref="StorageException">The cache directory can't be written.</exception>
    public string DeriveSecret(string purpose)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        return Convert.ToHexStringLower(Engine.Snapshots.Secret.Hash(DerivedSecret, purpose).AsSpan(0, 16));
    }
}
