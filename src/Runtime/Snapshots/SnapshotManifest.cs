using System.Text.Json.Serialization;

namespace Islet.Snapshots;

/// <summary>What <c>manifest.json</c> says: what the snapshot is, and by what its files are recognised.</summary>
internal sealed record SnapshotManifest
{
    /// <summary>The format that this code writes, and the only one it reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format of this manifest and of the files beside it.</summary>
    public required int Format { get; init; }

    /// <summary>The version of Islet that made it; its agent lives on in the memory, so no other version uses it.</summary>
    public required string IsletVersion { get; init; }

    /// <summary>This very snapshot, and not another that was made later under the same name.</summary>
    public required Guid Id { get; init; }

    /// <summary>The name it was made for.</summary>
    public required SnapshotName Name { get; init; }

    /// <summary>What the machine was made of: it can be restored only into one of the same shape.</summary>
    public required string Shape { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The host's boot in which it was made, or <see langword="null"/> where that can't be told.</summary>
    public string? HostBoot { get; init; }

    /// <summary>The machine's memory.</summary>
    public required FileRecord Memory { get; init; }

    /// <summary>The state of the machine's devices.</summary>
    public required FileRecord State { get; init; }

    /// <summary>The SHA-256 of the devices' state.</summary>
    public required string StateSha256 { get; init; }

    /// <summary>The frozen disk overlay, if the machine had a disk that belongs to the snapshot.</summary>
    public FileRecord? Disk { get; init; }

    /// <summary>The file that the disk stands on, outside of the store.</summary>
    public DiskBase? DiskBase { get; init; }

    /// <summary>The snapshot whose disk this one's disk stands on; it is kept for as long as this one is there.</summary>
    public SnapshotName? Parent { get; init; }

    /// <summary>Whether it goes when nobody uses it any more, and no other snapshot stands on it.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>What the one who made it wants to find again.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

/// <summary>By what a file is recognised without reading it.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Modified">When its content was last changed, in UTC.</param>
/// <param name="Allocated">
/// The bytes that it took on the disk. For people: it is not compared, since file systems compress and trim behind one's back.
/// </param>
internal sealed record FileRecord(long Length, DateTime Modified, long Allocated);

/// <summary>The file below a disk overlay.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="Digest">What it was made from, such as an image's digest.</param>
internal sealed record DiskBase(string Path, string? Digest);

/// <summary>What the files of a snapshot contained when it was sealed; see <see cref="ContentVerification"/>.</summary>
/// <param name="Memory">The <see cref="ContentHash"/> of the memory.</param>
/// <param name="Disk">That of the disk, if there is one.</param>
internal sealed record ContentSeal(string Memory, string? Disk);

/// <summary>What the caller says about a snapshot that he has made.</summary>
internal sealed record SnapshotDescription
{
    /// <inheritdoc cref="SnapshotManifest.Shape"/>
    public required string Shape { get; init; }

    /// <inheritdoc cref="SnapshotManifest.DiskBase"/>
    public DiskBase? DiskBase { get; init; }

    /// <inheritdoc cref="SnapshotManifest.Parent"/>
    public SnapshotName? Parent { get; init; }

    /// <inheritdoc cref="SnapshotManifest.IsTemporary"/>
    public bool IsTemporary { get; init; }

    /// <summary>What is to be found again. Written in clear: no secrets. At most about 1 MiB in total.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}

/// <summary>The JSON of snapshots, compiled ahead of time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    MaxDepth = 8,
    WriteIndented = true)]
[JsonSerializable(typeof(SnapshotManifest))]
[JsonSerializable(typeof(ContentSeal))]
internal sealed partial class SnapshotJsonContext : JsonSerializerContext;
