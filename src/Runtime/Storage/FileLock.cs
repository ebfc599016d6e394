namespace Islet.Storage;

/// <summary>
/// A lock between tasks and between processes. It is a file that is kept open, so the death of its holder releases it. The file stays: if
/// it were deleted, two could hold "the" lock, one on the old file and one on the new.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMilliseconds(500);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>
    /// Waits until the lock is free and takes it. The kernel can't tell us when it is free, so we ask at growing intervals.
    /// </summary>
    public static async Task<FileLock> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        CacheDirectory.CreatePrivate(Path.GetDirectoryName(path)!);
        for (TimeSpan delay = s_firstDelay; ; delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (StoreFile.TryLock(path, FileMode.OpenOrCreate) is { } file)
                return new FileLock(file);

            await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _file.Dispose();
}
