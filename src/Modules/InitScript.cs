namespace Islet.Modules;

/// <summary>Where the entrypoints of the official database images look for what to run when they make a new database.</summary>
internal static class InitScript
{
    private const string Directory = "/docker-entrypoint-initdb.d/";

    /// <exception cref="ArgumentException">The name has a directory in it, or no ending that an entrypoint knows.</exception>
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
    /// The mode of a script of this machine in the container, where it belongs to root and the server's own user reads it: the host's umask must
    /// not decide whether that works. Entrypoints run what is executable and read in what is not, so that is kept.
    /// </summary>
    public static UnixFileMode ModeOf(string hostPath) => (UnixFileMode)(
        File.Exists(hostPath) && (File.GetUnixFileMode(hostPath) & UnixFileMode.UserExecute) != 0 ? 0b111_101_101 : 0b110_100_100);
}
