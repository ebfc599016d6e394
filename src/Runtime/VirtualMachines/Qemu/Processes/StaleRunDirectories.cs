using Islet.Native.Posix;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>Removes the directories of processes that ended without a clean-up because their janitor was killed too.</summary>
internal static class StaleRunDirectories
{
    private static readonly TimeSpan s_longestCreation = TimeSpan.FromMinutes(1);

    /// <summary>Ends the machines and removes the directories of dead processes. A failure is left to the next run.</summary>
    public static void Remove(string root)
    {
        foreach (string directory in Directory.EnumerateDirectories(root))
        {
            try
            {
                RemoveIfStale(directory);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another process is doing the same right now.
            }
        }
    }

    private static void RemoveIfStale(string directory)
    {
        if (Path.GetFileName(directory).StartsWith(RunDirectory.UnfinishedPrefix, StringComparison.Ordinal))
        {
            if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(directory) > s_longestCreation)
                Directory.Delete(directory, recursive: true);
            return;
        }

        // A directory has its lock from the start, so one without a lock was being removed when its remover died.
        string lockPath = Path.Combine(directory, RunDirectory.LockName);
        using FileStream? lockFile = File.Exists(lockPath)
            ? new FileStream(lockPath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete)
            : null;
        if (lockFile is null || KernelLock.TryTake(lockFile.SafeFileHandle))
            RemoveNow(directory);
    }

    /// <summary>Ends the machines of a run directory, and removes it.</summary>
    public static void RemoveNow(string directory)
    {
        EndMachinesOf(directory);
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process is removing it at the same time, or it contains files that are not ours.
        }
    }

    /// <summary>
    /// Kills every QEMU whose overlay lies in a directory. No other process has the directory's name in its arguments by chance.
    /// </summary>
    private static void EndMachinesOf(string directory)
    {
        if (!Directory.Exists("/proc/self"))
            return; // macOS: the janitor has done it

        string overlay = Janitor.OverlayArgument(directory);
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), out int processId)
                && CommandLineOf(process).Contains(overlay, StringComparison.Ordinal))
                Signals.Send(processId, Signals.Kill);
        }
    }

    private static string CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ""; // ended meanwhile, or another user's
        }
    }
}
