using System.Globalization;

namespace Islet.Networking;

/// <summary>Finds the process that listens on a loopback port, so that "already in use" can name the process to stop.</summary>
internal static class PortHolder
{
    /// <summary>
    /// Returns <c>process 4711 (postgres)</c>, or <see langword="null"/> if it is not known: the process is another user's, or the system
    /// has no <c>/proc</c>.
    /// </summary>
    public static string? Find(int port)
    {
        try
        {
            HashSet<string> sockets = [];
            foreach (string table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
            {
                if (File.Exists(table))
                    sockets.UnionWith(ListeningInodes(File.ReadLines(table), port).Select(inode => $"socket:[{inode}]"));
            }

            return sockets.Count == 0 ? null : FindProcess(sockets);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the socket inodes that listen on a port from the lines of <c>/proc/net/tcp</c> (proc_pid_net(5)).</summary>
    internal static IEnumerable<string> ListeningInodes(IEnumerable<string> lines, int port)
    {
        const string Listening = "0A";
        string suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (string line in lines)
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && fields[3] == Listening && fields[1].EndsWith(suffix, StringComparison.Ordinal))
                yield return fields[9];
        }
    }

    private static string? FindProcess(HashSet<string> sockets)
    {
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            string pid = Path.GetFileName(process);
            if (char.IsAsciiDigit(pid[0]) && HoldsOneOf(process, sockets))
                return $"process {pid} ({File.ReadAllText(process + "/comm").TrimEnd()})";
        }

        return null;
    }

    private static bool HoldsOneOf(string process, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(process + "/fd")
                .Any(descriptor => new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The process is another user's, or has just ended. The next one may be the holder.
            return false;
        }
    }
}
