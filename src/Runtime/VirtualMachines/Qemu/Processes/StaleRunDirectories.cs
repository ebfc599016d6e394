using Islet.Native.Posix;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>Removes what is left of processes that ended with nobody to clean up after them: their janitor was killed too.</summary>
internal static class StaleRunDirectories
{
    private static readonly TimeSpan LongestCreation = TimeSpan.FromMinutes(1);

    /// <summary>Ends the machines and removes the directories of the dead. What fails is left to the next run.</summary>
    public static void Remove(string root)
    {
        foreach (string directory in Directory.EnumerateDirectories(root))
        {
            try
            {
                RemoveIfStale(directory);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another process is at it at the same time, or it is in use by something we don't know.
            }
        }
    }

    private static void RemoveIfStale(string directory)
    {
        if (Path.GetFileName(directory).StartsWith(RunDirectory.UnfinishedPrefix, StringComparison.Ordinal))
        {
            if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(directory) > LongestCreation)
                Directory.Delete(directory, recursive: true);
            return;
        }

        string lockPath = Path.Combine(directory, RunDirectory.LockName);
        if (File.Exists(lockPath))
        {
            using var lockFile = new FileStream(lockPath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (!FileLock.TryTake(lockFile.SafeFileHandle))
                return;
            EndMachinesOf(directory);
            Directory.Delete(directory, recursive: true);
            return;
        }

        // A directory has its lock from the start, so this one was being removed when its remover died.
        EndMachinesOf(directory);
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Kills every QEMU whose overlay lies in a directory, whose name no other process has in its arguments by chance.</summary>
    internal static void EndMachinesOf(string directory)
    {
        if (!Directory.Exists("/proc/self"))
            return; // macOS: the janitor has done it

        string overlay = Janitor.OverlayArgument(directory);
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), out int processId) && CommandLineOf(process).Contains(overlay, StringComparison.Ordinal))
                Signals.Send(processId, Signals.Kill);
        }
    }

    private static string CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ""; // ended meanwhile, or another user's
        }
    }
}
