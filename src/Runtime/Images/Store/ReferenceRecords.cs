using System.Text;
using System.Text.Json;
using Islet.Storage;

namespace Islet.Images.Store;

/// <summary>
/// The manifest that each reference led to, in one small file per reference and platform under <c>refs/</c>. The file's name is the hash of
/// its key, so that no part of a reference ever becomes part of a path.
/// </summary>
internal sealed class ReferenceRecords(ContentStore store)
{
    private readonly string _directory = Path.Combine(store.Root, "refs");

    /// <summary>Returns the name of a reference's record and of its lock.</summary>
    public static string NameOf(string reference, Platform platform) =>
        Digest.Sha256(Encoding.UTF8.GetBytes(reference + "\n" + platform)).Hex;

    /// <summary>Returns the record of the reference; <see langword="null"/> when it was never resolved or its record is damaged.</summary>
    public ReferenceRecord? Find(string reference, Platform platform)
    {
        ReferenceRecord? record = Read(PathOf(reference, platform));
        return record?.Reference == reference && record.Platform == platform.ToString() ? record : null;
    }

    public void Save(ReferenceRecord record, Platform platform)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(record, ImageJsonContext.Default.ReferenceRecord);
        StoreFile.Replace(PathOf(record.Reference, platform), store.NewTemporaryPath(), content);
    }

    /// <summary>Returns every readable record, for messages that list the available images.</summary>
    public IEnumerable<ReferenceRecord> All() => Directory.Exists(_directory)
        ? Directory.EnumerateFiles(_directory, "*.json").Select(Read).OfType<ReferenceRecord>()
        : [];

    private string PathOf(string reference, Platform platform) => Path.Combine(_directory, NameOf(reference, platform) + ".json");

    private static ReferenceRecord? Read(string path)
    {
        using FileStream? file = StoreFile.TryOpenRead(path);
        try
        {
            return file is null ? null : JsonSerializer.Deserialize(file, ImageJsonContext.Default.ReferenceRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
