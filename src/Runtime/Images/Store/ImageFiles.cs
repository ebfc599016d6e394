namespace Islet.Images.Store;

/// <summary>The files of an image layout, in a folder or in an archive.</summary>
internal abstract class ImageFiles : IDisposable
{
    /// <summary>The location of the files, for messages.</summary>
    public abstract string Location { get; }

    /// <summary>Opens a file by its path below the layout's root, or returns <see langword="null"/>. The caller owns the stream.</summary>
    /// <exception cref="InvalidImageException">The path exists but is not a regular file.</exception>
    public abstract Stream? TryOpen(string path);

    /// <summary>Reads a small document whole, or returns <see langword="null"/>.</summary>
    /// <exception cref="InvalidImageException">The file is larger than a document may be.</exception>
    public async Task<byte[]?> TryReadAsync(string path, CancellationToken cancellationToken)
    {
        using Stream? file = TryOpen(path);
        if (file is null)
            return null;
        if (file.Length > ManifestParser.MaxDocumentSize)
            throw new InvalidImageException($"{path} in {Location} is larger than {ManifestParser.MaxDocumentSize >> 20} MiB.");

        byte[] content = new byte[file.Length];
        await file.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
        return content;
    }

    public abstract void Dispose();
}
