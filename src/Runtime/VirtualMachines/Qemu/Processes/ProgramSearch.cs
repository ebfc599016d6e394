namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>Finds programs as a shell does.</summary>
internal static class ProgramSearch
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Returns the absolute path of a program in <c>PATH</c>, or <see langword="null"/>.</summary>
    public static string? Find(string name) => Find(name, Environment.GetEnvironmentVariable("PATH") ?? "");

    /// <summary>Returns the absolute path of a program in a search path, or <see langword="null"/>.</summary>
    internal static string? Find(string name, string searchPath)
    {
        foreach (string directory in searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            // An entry relative to the current directory would run any program that lies there.
            string path = Path.Combine(directory, name);
            if (Path.IsPathRooted(path) && IsExecutable(path))
                return path;
        }

        return null;
    }

    /// <summary>Whether the file exists and may be executed.</summary>
    public static bool IsExecutable(string path) => File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0;
}
