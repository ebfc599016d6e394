using System.Text.Json.Serialization;

namespace Islet.Snapshots;

/// <summary>The content of <c>manifest.json</c>: the snapshot's properties, and the records by which its files are recognised.</summary>
internal sealed record SnapshotManifest
{
    /// <summary>The format that this code writes, and the only one it reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format of this manifest and of the files next to it.</summary>
    public required int Format { get; init; }

    /// <summary>The version of Islet that made it. No other version uses it, because its agent lives on in the memory.</summary>
    public required string IsletVersion { get; init; }

    /// <summary>The id of exactly this snapshot, and not of another that was made later under the same name.</summary>
    public required Guid Id { get; init; }

    /// <summary>The name under which it was made.</summary>
    public required SnapshotName Name { get; init; }

    /// <summary>The shape of the machine. It can be restored only into a machine of the same shape.</summary>
    public required string Shape { get; init; }

    /// <summary>The time at which it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The host's boot in which it was made; <see langword="null"/> if that is unknown.</summary>
    public string? HostBoot { get; init; }

    /// <summary>The record of the machine's memory.</summary>
    public required FileRecord Memory { get; init; }

    /// <summary>The record of the state of the machine's devices.</summary>
    public required FileRecord State { get; init; }

    /// <summary>The SHA-256 of the devices' state.</summary>
    public required string StateSha256 { get; init; }

    /// <summary>The record of the saved disk overlay, if the machine had a disk that belongs to the snapshot.</summary>
    public FileRecord? Disk { get; init; }

    /// <summary>The file that the disk is based on, outside of the store.</summary>
    public DiskBase? DiskBase { get; init; }

    /// <summary>The snapshot on whose disk this one's disk is based. It is kept as long as this one exists.</summary>
    public SnapshotName? Parent { get; init; }

    /// <summary>Whether it is removed once no process uses it any more and no other snapshot is based on it.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>Data that its maker wants to find again.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

/// <summary>The properties by which a file is recognised without reading it.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Modified">The time at which its content was last changed, in UTC.</param>
/// <param name="Allocated">
/// The bytes that it took on the disk. For people only: it is not compared, since file systems compress and trim in the background.
/// </param>
internal sealed record FileRecord(long Length, DateTime Modified, long Allocated);

/// <summary>The file below a disk overlay.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="Digest">The digest of its source, such as an image's digest.</param>
internal sealed record DiskBase(string Path, string? Digest);

/// <summary>The hashes of a snapshot's files at the time it was sealed; see <see cref="ContentVerification"/>.</summary>
/// <param name="Memory">The <see cref="ContentHash"/> of the memory.</param>
/// <param name="Disk">The hash of the disk, if there is one.</param>
internal sealed record ContentSeal(string Memory, string? Disk);

/// <summary>The caller's description of a snapshot that it has made.</summary>
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

    /// <summary>Data that the caller wants to find again. Written in clear text: no secrets. At most about 1 MiB in total.</summary>
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
