namespace Islet.Modules;

/// <summary>
/// The directory in which the entrypoints of the official database images look for scripts when they create a new database.
/// </summary>
internal static class InitScript
{
    private const string Directory = "/docker-entrypoint-initdb.d/";

    /// <summary>Returns the path of a script in the container.</summary>
    /// <exception cref="ArgumentException">The name contains a directory, or has no extension that an entrypoint knows.</exception>
    public static string PathOf(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Contains('/'))
            throw new ArgumentException($"\"{name}\" is not the name of a script: leave the directory out.", nameof(name));
        if (!name.EndsWith(".sql", StringComparison.Ordinal) && !name.EndsWith(".sql.gz", StringComparison.Ordinal)
            && !name.EndsWith(".sh", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"\"{name}\" would be ignored: the name of an init script ends with .sql, .sql.gz or .sh.", nameof(name));
        }

        return Directory + name;
    }

    /// <summary>
    /// Returns the mode of a script in the container, where root owns it and the server's own user reads it: that must not depend on the
    /// host's umask. Entrypoints run executable files and read in others, so that bit is kept.
    /// </summary>
    public static UnixFileMode ModeOf(string hostPath) => (UnixFileMode)(
        File.Exists(hostPath) && (File.GetUnixFileMode(hostPath) & UnixFileMode.UserExecute) != 0 ? 0b111_101_101 : 0b110_100_100);
}
