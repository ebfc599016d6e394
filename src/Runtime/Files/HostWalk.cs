using Islet.Native.Posix;
using Microsoft.Win32.SafeHandles;

namespace Islet.Files;

/// <summary>
/// The files of the host below a path. The path itself was named by the caller, so a symbolic link there is followed; links below it stay
/// links. Files that are removed during the walk are skipped.
/// </summary>
internal static class HostWalk
{
    /// <summary>Walks from the top down, the names in a directory in the order of their bytes.</summary>
    /// <exception cref="IOException">A file or directory can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The permission to read a file or directory is missing.</exception>
    public static IEnumerable<HostFile> Of(string path, CancellationToken cancellationToken)
    {
        PosixStatus top = PosixStatus.Of(path, followLink: true);
        yield return new TopFile(path, top);
        if (top.Type != PosixFileType.Folder)
            yield break;

        // A list instead of recursion, and one open directory at a time: a tree may be deeper than the stack or the open files would allow.
        using var root = Folder.Open(path);
        var folders = new Queue<byte[]>();
        folders.Enqueue([]);
        while (folders.TryDequeue(out byte[]? name))
        {
            using Folder? folder = Enter(root, name);
            if (folder is null)
                continue;
            foreach (byte[] child in folder.Names(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (folder.Find(child) is not { } status)
                    continue;
                byte[] childName = name.Length == 0 ? child : [.. name, (byte)'/', .. child];
                yield return new FoundFile(folder, child, childName, status);
                if (status.Type == PosixFileType.Folder)
                    folders.Enqueue(childName);
            }
        }
    }

    /// <summary>Walks down to a directory; returns <see langword="null"/> if it is gone or no directory any more.</summary>
    private static Folder? Enter(Folder root, byte[] name)
    {
        Folder current = root.Reopen();
        try
        {
            foreach (Range part in SplitPath(name))
            {
                Folder next = current.OpenFolder(name.AsSpan(part));
                current.Dispose();
                current = next;
            }

            return current;
        }
        catch (IOException exception)
            when (exception is FileNotFoundException || exception.HResult == PosixError.NotADirectory
                || exception.HResult == PosixError.Loop)
        {
            current.Dispose();
            return null;
        }
        catch
        {
            current.Dispose();
            throw;
        }
    }

    private static List<Range> SplitPath(byte[] name)
    {
        var parts = new List<Range>();
        if (name.Length > 0)
        {
            foreach (Range part in name.AsSpan().Split((byte)'/'))
                parts.Add(part);
        }

        return parts;
    }

    private sealed record TopFile(string Path, PosixStatus Top) : HostFile([], Top)
    {
        public override SafeFileHandle OpenRead() => Folder.OpenReadPath(Path);

        public override byte[] ReadLink() => throw new NotSupportedException("A link at the top is followed.");
    }

    private sealed record FoundFile(Folder Parent, byte[] OwnName, byte[] Path, PosixStatus Found) : HostFile(Path, Found)
    {
        public override SafeFileHandle OpenRead() => Parent.OpenRead(OwnName);

        public override byte[] ReadLink() => Parent.ReadLink(OwnName);
    }
}
