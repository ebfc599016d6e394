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
}
