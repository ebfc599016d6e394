using Islet.Diagnostics;

namespace Islet.Images.Store;

/// <summary>
/// The files of an image layout folder. The folder may be a stranger's: a symbolic link in it would let it name any file of the host
/// (GHSA-r3h2-rgqf-9hv9), so below the folder none is followed.
/// </summary>
internal sealed class LayoutDirectory(string root) : ImageFiles
{
    public override string Location => root;

    public override Stream? TryOpen(string path)
    {
        string current = root;
        foreach (string part in path.Split('/'))
        {
            current = Path.Combine(current, part);
            if (new FileInfo(current).LinkTarget is not null)
                throw new InvalidImageException($"{current} is a symbolic link; an image layout must hold its files itself.");
        }

        if (Directory.Exists(current))
            throw new InvalidImageException($"{current} is a directory where a file should be.");

        return OpenRegular(current);
    }

    public override void Dispose()
    {
    }

    private static Stream? OpenRegular(string path)
    {
        try
        {
            // Opening a named pipe would wait forever, and a device may never end. Both have the size 0, and what is empty needs no opening.
            var file = new FileInfo(path);
            if (file.Exists && file.Length == 0)
                return Stream.Null;

            return new FileStream(path, new FileStreamOptions { BufferSize = 0 });
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (StorageException.Describes(error))
        {
            throw new StorageException($"{path} can't be read: {error.Message}", error);
        }
    }
}
