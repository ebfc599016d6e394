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
                // Another process is at it at the same time.
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

        // A directory has its lock from the start, so one without was being removed when its remover died.
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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else is removing it at the same time, or it holds something that is not ours.
        }
    }

    /// <summary>Kills every QEMU whose overlay lies in a directory, whose name no other process has in its arguments by chance.</summary>
    private static void EndMachinesOf(string directory)
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
