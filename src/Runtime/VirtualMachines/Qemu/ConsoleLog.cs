using System.Net.Sockets;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// The output of kernel and agent. Its last part is kept in memory, even after the machine's end. The first 4 MiB are in a file to look at
/// while the machine runs. A guest that never stops printing fills neither memory nor disk.
/// </summary>
internal sealed class ConsoleLog
{
    private const int KeptInMemory = 64 * 1024;
    private const int KeptBesideState = 16 * 1024;
    private const int KeptInFile = 4 * 1024 * 1024;

    private readonly BoundedTail _tail = new(KeptInMemory);

    /// <summary>Returns the last lines, oldest first, safe to show.</summary>
    public IReadOnlyList<string> LastLines(int count) => ConsoleText.LastLines(_tail.ToArray(), count);

    /// <summary>
    /// Saves the last part of the console next to a machine's saved state, for the machines that are restored from it. It is only evidence,
    /// so a failure is ignored.
    /// </summary>
    public void Save(string statePath)
    {
        try
        {
            byte[] tail = _tail.ToArray();
            File.WriteAllBytes(PathBeside(statePath), tail.Length <= KeptBesideState ? tail : tail[^KeptBesideState..]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk is full.
        }
    }

    /// <summary>
    /// Begins with the saved console of the machine whose state is about to be loaded, because a restored machine continues from there.
    /// </summary>
    public async Task ContinueAsync(string statePath, CancellationToken cancellationToken)
    {
        try
        {
            _tail.Append(await File.ReadAllBytesAsync(PathBeside(statePath), cancellationToken).ConfigureAwait(false));
            _tail.Append("\nislet: here the machine was saved; what follows was printed after it was restored.\n"u8);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The snapshot was moved or made by hand, so there is no console to continue.
        }
    }

    private static string PathBeside(string statePath) => statePath + ".console";

    /// <summary>Reads the console until the machine has ended.</summary>
    /// <param name="console">The console's socket; closed at the end.</param>
    /// <param name="path">The file to write to.</param>
    public async Task FollowAsync(Socket console, string path)
    {
        using Socket source = console;
        byte[] buffer = new byte[4096];
        FileStream? file = null;
        try
        {
            while (await source.ReceiveAsync(buffer).ConfigureAwait(false) is > 0 and int count)
            {
                _tail.Append(buffer.AsSpan(0, count));
                file = await WriteAsync(file ?? Create(path), buffer.AsMemory(0, count)).ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            // QEMU has ended.
        }
        finally
        {
            if (file is not null)
                await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static FileStream? Create(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // a full disk, or the machine's directory was just removed: memory has the tail
        }
    }

    private static async ValueTask<FileStream?> WriteAsync(FileStream? file, ReadOnlyMemory<byte> bytes)
    {
        if (file is null || file.Position >= KeptInFile)
            return file;

        try
        {
            await file.WriteAsync(bytes).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // A full disk must not end the console.
        }

        return file;
    }
}
