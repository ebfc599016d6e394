using Islet.Native.Posix;
using Islet.Storage;
using Microsoft.Win32.SafeHandles;

namespace Islet.Snapshots;

/// <summary>
/// The lock on one snapshot's directory, held on the file <c>lease</c> in it. A process that makes or removes the snapshot holds it
/// exclusively; processes that use the snapshot share it. The kernel releases it when its holder dies. The file's time is the time of the
/// last use. A length other than zero says that the snapshot is being removed, for a process that still finds the directory too late. (A
/// length takes no block, so it can be written on a full disk.)
/// </summary>
internal sealed class EntryLock : IDisposable
{
    private readonly FileStream _file;

    private EntryLock(FileStream file) => _file = file;

    private static string PathIn(string directory) => Path.Combine(directory, "lease");

    /// <summary>Locks a directory that has just been made.</summary>
    public static EntryLock Create(string directory)
    {
        var held = new EntryLock(StoreFile.Create(PathIn(directory)));
        return KernelLock.TryTake(held.Handle) ? held : throw new SnapshotException($"{directory} is in use by another process.");
    }

    /// <summary>Takes a shared lock; returns <see langword="null"/> if the snapshot is being removed or is gone.</summary>
    public static EntryLock? TryShare(string directory) =>
        TryOpen(directory, FileMode.Open, FileShare.ReadWrite, KernelLock.TryShare, evenRemoved: false);

    /// <summary>Takes the exclusive lock; returns <see langword="null"/> if another holder uses the snapshot.</summary>
    public static EntryLock? TryTake(string directory) =>
        TryOpen(directory, FileMode.OpenOrCreate, FileShare.None, KernelLock.TryTake, evenRemoved: true);

    /// <summary>Returns the time at which the snapshot was last used, in UTC.</summary>
    public static DateTime LastUsed(string directory) => File.GetLastWriteTimeUtc(PathIn(directory));

    /// <summary>Returns whether the directory has a lock at all, as all directories made by the store have.</summary>
    public static bool IsThere(string directory) => StoreFile.IsRegular(new FileInfo(PathIn(directory)));

    /// <summary>Returns whether the snapshot was marked as removed.</summary>
    public static bool IsMarked(string directory) => new FileInfo(PathIn(directory)) is { Exists: true, Length: > 0 };

    /// <summary>Marks the snapshot as removed: no shared lock is given from here on, and present ones stay valid.</summary>
    public void MarkRemoved() => _file.SetLength(1);

    /// <summary>Converts the exclusive lock to a shared one.</summary>
    public void Share() => _ = KernelLock.TryShare(Handle);

    /// <summary>Records that the snapshot is used now.</summary>
    public void Touch() => File.SetLastWriteTimeUtc(Handle, DateTime.UtcNow);

    public void Dispose() => _file.Dispose();

    private SafeFileHandle Handle => _file.SafeFileHandle;

    private static EntryLock? TryOpen(string directory, FileMode mode, FileShare share, Func<SafeFileHandle, bool> take, bool evenRemoved)
    {
        // The store never makes a symbolic link. No process can hold a lock through one, so the directory counts as unused.
        if (new FileInfo(PathIn(directory)) is { LinkTarget: not null } link)
        {
            if (mode == FileMode.Open)
                return null;
            link.Delete();
        }

        FileStream? file = null;
        try
        {
            var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
            file = new FileStream(PathIn(directory), options);
            if (take(file.SafeFileHandle) && (evenRemoved || file.Length == 0))
            {
                FileStream held = file;
                file = null;
                return new EntryLock(held);
            }
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            // It is locked, or the directory is gone. The caller treats both cases the same.
        }
        finally
        {
            file?.Dispose();
        }

        return null;
    }
}
