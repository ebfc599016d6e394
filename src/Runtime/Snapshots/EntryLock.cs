using Islet.Native.Posix;
using Islet.Storage;
using Microsoft.Win32.SafeHandles;

namespace Islet.Snapshots;

/// <summary>
/// The lock on one snapshot's directory, held on the file <c>lease</c> in it: alone by who makes or removes the snapshot, shared by who
/// uses it. The kernel lets go of it when its holder dies. The file's time says when the snapshot was last used, and a length other
/// than zero that it is removed: whoever comes too late and still finds the directory sees it by that. (A length costs no block, so
/// that it can be written on a full disk.)
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
        return KernelLock.TryTake(held.Handle) ? held : throw new SnapshotException($"{directory} is in use by somebody else.");
    }

    /// <summary>Takes a share, or returns <see langword="null"/> when the snapshot is being removed or is gone.</summary>
    public static EntryLock? TryShare(string directory) => TryOpen(directory, FileMode.Open, FileShare.ReadWrite, KernelLock.TryShare, evenRemoved: false);

    /// <summary>Takes it alone, or returns <see langword="null"/> when somebody uses the snapshot.</summary>
    public static EntryLock? TryTake(string directory) => TryOpen(directory, FileMode.OpenOrCreate, FileShare.None, KernelLock.TryTake, evenRemoved: true);

    /// <summary>When the snapshot was last used, in UTC.</summary>
    public static DateTime LastUsed(string directory) => File.GetLastWriteTimeUtc(PathIn(directory));

    /// <summary>Says whether the directory has a lock at all, as every one that was made here.</summary>
    public static bool IsThere(string directory) => StoreFile.IsRegular(new FileInfo(PathIn(directory)));

    /// <summary>Says whether it was marked as removed.</summary>
    public static bool IsMarked(string directory) => new FileInfo(PathIn(directory)) is { Exists: true, Length: > 0 };

    /// <summary>From here on nobody takes a share any more; who has one keeps it.</summary>
    public void MarkRemoved() => _file.SetLength(1);

    /// <summary>Lets others share what was held alone.</summary>
    public void Share() => _ = KernelLock.TryShare(Handle);

    /// <summary>Notes that the snapshot is used now.</summary>
    public void Touch() => File.SetLastWriteTimeUtc(Handle, DateTime.UtcNow);

    public void Dispose() => _file.Dispose();

    private SafeFileHandle Handle => _file.SafeFileHandle;

    private static EntryLock? TryOpen(string directory, FileMode mode, FileShare share, Func<SafeFileHandle, bool> take, bool evenRemoved)
    {
        // A symbolic link is none of ours. Nobody can hold a share through one, so the directory is as good as unused.
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
        catch (Exception error) when (StorageException.Describes(error))
        {
            // It is locked, or the directory is gone: for the caller the same.
        }
        finally
        {
            file?.Dispose();
        }

        return null;
    }
}
