namespace Islet.Storage;

/// <summary>
/// A lock between tasks and between processes. It is a file that is kept open; its holder's death lets go of it. The file stays:
/// deleting it would let two hold "the" lock, one on the old file and one on the new.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(500);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free and takes it. The kernel can't tell us when, so we ask at growing intervals.</summary>
    public static async Task<FileLock> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        CacheDirectory.CreatePrivate(Path.GetDirectoryName(path)!);
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (StoreFile.TryLock(path, FileMode.OpenOrCreate) is { } file)
                return new FileLock(file);

            await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _file.Dispose();
}
