using System.Text;
using Islet.Native.Posix;
using Islet.Values;
using Microsoft.Win32.SafeHandles;

namespace Islet.Images.Store;

/// <summary>
/// The files of an image layout folder. The folder may be untrusted: a symbolic link in it could name any file of the host
/// (GHSA-r3h2-rgqf-9hv9). Links that stay inside the folder are safe and are followed, because Debian's own layouts need it.
/// </summary>
internal sealed class LayoutDirectory(string root) : ImageFiles
{
    private const int MostLinks = 40;

    public override string Location => root;

    public override Stream? TryOpen(string path)
    {
        try
        {
            return Open(path);
        }
        catch (Exception exception)
            when (exception is FileNotFoundException || (exception is IOException && exception.HResult == PosixError.NotADirectory))
        {
            return null;
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"{Path.Combine(root, path)} can't be read: {exception.Message}", exception);
        }
    }

    public override void Dispose()
    {
    }

    private FileStream Open(string path)
    {
        // Each part is opened by its name in an open folder, without following a link. So the file that is read is the one that was
        // checked.
        using var folders = new OpenFolders(root);
        var pending = new Stack<string>(path.Split('/').Reverse());
        int links = 0;
        while (pending.TryPop(out string? part))
        {
            if (part is "" or ".")
                continue;
            if (part == "..")
            {
                RefuseIf(!folders.TryLeave(), path);
                continue;
            }

            byte[] name = Encoding.UTF8.GetBytes(part);
            PosixStatus status = folders.Current.Find(name) ?? throw new FileNotFoundException(null, path);
            switch (status.Type)
            {
                case PosixFileType.SymbolicLink:
                    if (++links > MostLinks)
                        throw new InvalidImageException($"{Excerpt.Of(path)} in {root} is a link that leads in circles.");
                    string target = Encoding.UTF8.GetString(folders.Current.ReadLink(name));
                    if (target.StartsWith('/'))
                    {
                        RefuseIf(!IsBelow(target), path);
                        target = target[root.TrimEnd('/').Length..];
                        folders.LeaveAll();
                    }

                    foreach (string step in target.Split('/').Reverse())
                        pending.Push(step);
                    break;
                case PosixFileType.Folder when pending.Any(rest => rest is not ("" or ".")):
                    folders.Enter(name);
                    break;
                case PosixFileType.Regular when pending.Count == 0:
                    return OpenRegular(folders.Current.OpenRead(name), path);
                default:
                    throw NoFile(path);
            }
        }

        throw NoFile(path);
    }

    private bool IsBelow(string target) => target.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal);

    private FileStream OpenRegular(SafeFileHandle file, string path)
    {
        if (PosixStatus.Of(file).Type == PosixFileType.Regular)
            return new FileStream(file, FileAccess.Read, bufferSize: 0);
        file.Dispose();
        throw NoFile(path);
    }

    private InvalidImageException NoFile(string path) => new($"{Excerpt.Of(path)} in {root} is not a regular file.");

    private void RefuseIf(bool leavesLayout, string path)
    {
        if (leavesLayout)
        {
            throw new InvalidImageException(
                $"{Excerpt.Of(path)} in {root} is a symbolic link that leads out of the image layout, so that an image could name any file "
                + "of this machine; it is not followed. Make a copy that holds its files itself (cp -rL), or put it into a tar (tar -h).");
        }
    }

    /// <summary>The open folders on the path from the layout's root to the current one.</summary>
    private sealed class OpenFolders(string root) : IDisposable
    {
        private readonly Stack<Folder> _folders = new([Folder.Open(root)]);

        public Folder Current => _folders.Peek();

        public void Enter(byte[] name) => _folders.Push(Current.OpenFolder(name));

        public bool TryLeave()
        {
            if (_folders.Count == 1)
                return false;
            _folders.Pop().Dispose();
            return true;
        }

        public void LeaveAll()
        {
            while (TryLeave())
            {
            }
        }

        public void Dispose()
        {
            LeaveAll();
            Current.Dispose();
        }
    }
}
