using Islet.Snapshots;
using Islet.Tests.Images;

namespace Islet.Tests.Snapshots;

/// <summary>The cache of one test, with snapshots whose content has no meaning.</summary>
internal sealed class SnapshotWorkshop : IDisposable
{
    private readonly TemporaryDirectory _cache = new();

    public SnapshotWorkshop() => Store = NewStore();

    public LogRecorder Log { get; } = new();

    public SnapshotStore Store { get; }

    public string Cache => _cache.Path;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static SnapshotName NewName(SnapshotKind kind = SnapshotKind.Checkpoint) => new(kind, SnapshotKey.NewRandom());

    /// <summary>Creates another store over the same cache, as another process would.</summary>
    public SnapshotStore NewStore(MemorySize? limit = null) => new(Cache, limit, Log);

    public string PathOf(SnapshotName name, string file = "") => _cache.Combine("snapshots", name.ToString(), file);

    /// <summary>Returns the names in the kinds' directories: entries, drafts, and entries that were set aside.</summary>
    public IEnumerable<string> Entries() => SnapshotName.Directories.Values
        .Select(kind => _cache.Combine("snapshots", kind))
        .Where(Directory.Exists)
        .SelectMany(Directory.EnumerateFileSystemEntries)
        .Select(path => Path.GetFileName(path));

    public static void Fill(SnapshotDraft draft, bool disk = false, int memoryBytes = 300_000)
    {
        using (FileStream memory = File.Create(draft.MemoryPath))
        {
            memory.SetLength(8 << 20);
            memory.Position = 1 << 20;
            memory.Write(Noise(memoryBytes));
        }

        File.WriteAllBytes(draft.StatePath, Noise(20_000));
        if (disk)
            File.WriteAllBytes(draft.DiskPath, Noise(50_000));
    }

    public async Task<SnapshotName> MakeAsync(
        SnapshotName? name = null, SnapshotName? parent = null, bool disk = false, bool seal = true, int memoryBytes = 300_000,
        SnapshotStore? store = null)
    {
        name ??= NewName();
        using SnapshotDraft draft = await (store ?? Store).BeginAsync(name, Cancellation);
        Fill(draft, disk, memoryBytes);
        using SnapshotLease lease = await draft.CompleteAsync(
            new SnapshotDescription { Shape = "shape", Parent = parent }, seal, Cancellation);
        return name;
    }

    /// <summary>Changes a file of a snapshot without a trace in the file's times.</summary>
    public void Damage(SnapshotName name, string file, Action<FileStream> change)
    {
        string path = PathOf(name, file);
        DateTime modified = File.GetLastWriteTimeUtc(path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (FileStream stream = File.Open(path, FileMode.Open))
            change(stream);
        File.SetLastWriteTimeUtc(path, modified);
    }

    public static void FlipBit(FileStream file, long position)
    {
        file.Position = position;
        int value = file.ReadByte();
        file.Position = position;
        file.WriteByte((byte)(value ^ 4));
    }

    public static byte[] Noise(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    public void Dispose() => _cache.Dispose();
}
