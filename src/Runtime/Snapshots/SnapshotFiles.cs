using System.Security.Cryptography;
using System.Text.Json;
using Islet.Native.Posix;
using Islet.Storage;

namespace Islet.Snapshots;

/// <summary>The files in the directory of one snapshot, complete or not.</summary>
/// <param name="Directory">Its absolute path.</param>
internal sealed record SnapshotFiles(string Directory)
{
    private const int MaxManifestLength = 1 << 20;
    private const int MaxStateLength = 64 << 20;

    public string Memory => Path.Combine(Directory, "memory");

    public string State => Path.Combine(Directory, "state");

    public string Disk => Path.Combine(Directory, "disk.qcow2");

    public string Manifest => Path.Combine(Directory, "manifest.json");

    public string Seal => Path.Combine(Directory, "seal.json");

    /// <summary>The space that all files take on the disk, in bytes.</summary>
    public long Allocated => System.IO.Directory.Exists(Directory)
        ? System.IO.Directory.EnumerateFiles(Directory).Sum(AllocatedBy)
        : 0;

    /// <summary>Returns the length and the times by which a file is recognised.</summary>
    /// <exception cref="SnapshotException">The file is missing, or is not a regular file.</exception>
    public static FileRecord Record(string path)
    {
        var file = new FileInfo(path);
        return StoreFile.IsRegular(file)
            ? new FileRecord(file.Length, file.LastWriteTimeUtc, PosixStatus.Of(path, followLink: false).Allocated)
            : throw new SnapshotException($"The snapshot's file {path} is missing.");
    }

    /// <summary>Returns the hash of the devices' state.</summary>
    /// <exception cref="SnapshotException">The file is missing, or is too long for a device state.</exception>
    public string HashState()
    {
        using FileStream? file = StoreFile.TryOpenRead(State);
        return file?.Length <= MaxStateLength
            ? Convert.ToHexStringLower(SHA256.HashData(file))
            : throw new SnapshotException($"The snapshot's file {State} is missing or too long.");
    }

    public void WriteManifest(SnapshotManifest manifest)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, SnapshotJsonContext.Default.SnapshotManifest);
        if (json.Length > MaxManifestLength)
            throw new SnapshotException($"What is to be kept with the snapshot {manifest.Name} is longer than {MaxManifestLength} bytes.");
        StoreFile.Replace(Manifest, NewTemporaryPath(), json);
    }

    public void WriteSeal(ContentSeal seal) =>
        StoreFile.Replace(Seal, NewTemporaryPath(), JsonSerializer.SerializeToUtf8Bytes(seal, SnapshotJsonContext.Default.ContentSeal));

    /// <summary>Reads the manifest; returns <see langword="null"/> if it is missing or damaged.</summary>
    public SnapshotManifest? TryReadManifest()
    {
        byte[]? json = ReadSmall(Manifest);
        try
        {
            return json is null ? null : JsonSerializer.Deserialize(json, SnapshotJsonContext.Default.SnapshotManifest);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads the seal; returns <see langword="null"/> if the snapshot is not sealed.</summary>
    /// <exception cref="JsonException">The seal is damaged.</exception>
    public ContentSeal? TryReadSeal() =>
        ReadSmall(Seal) is { } json ? JsonSerializer.Deserialize(json, SnapshotJsonContext.Default.ContentSeal) : null;

    /// <summary>
    /// Returns the fault of a complete snapshot, as far as it can be found quickly, or <see langword="null"/> if there is none.
    /// </summary>
    public string? FindFault(SnapshotName name, SnapshotManifest? manifest)
    {
        if (manifest is null)
            return "its manifest is missing or damaged";
        if (manifest.Format != SnapshotManifest.CurrentFormat)
            return $"its format is {manifest.Format}, and this version of Islet reads {SnapshotManifest.CurrentFormat}";
        if (manifest.IsletVersion != IsletVersion.Current)
            return "it was made by another version of Islet";
        if (manifest.Name != name)
            return "it was made under another name";
        if (!IsAsRecorded(Memory, manifest.Memory) || !IsAsRecorded(State, manifest.State))
            return "its memory or its device state was changed or cut short";
        if (manifest.Disk is not null && !IsAsRecorded(Disk, manifest.Disk))
            return "its disk was changed or cut short";
        if (manifest.DiskBase is { } below && !File.Exists(below.Path))
            return "the file below its disk is gone";
        if (HashState() != manifest.StateSha256)
            return "its device state is damaged";

        // The files were not flushed to the disk. That matters only after a crash of the host, and then only a seal shows whether they are
        // whole.
        return File.Exists(Seal) || (manifest.HostBoot is not null && manifest.HostBoot == HostBoot.Id)
            ? null
            : "it was not sealed before the host was started again";
    }

    // The file is in the snapshot's own directory, so that it is removed with the snapshot if this process dies.
    private string NewTemporaryPath() => Path.Combine(Directory, $"{Guid.NewGuid():n}.tmp");

    private static long AllocatedBy(string path)
    {
        try
        {
            return PosixStatus.Of(path, followLink: false).Allocated;
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            return 0; // another process has just removed the snapshot
        }
    }

    /// <summary>Whether a file is still the one that a manifest records, as far as can be seen without reading it.</summary>
    internal static bool IsAsRecorded(string path, FileRecord record)
    {
        var file = new FileInfo(path);
        return StoreFile.IsRegular(file) && file.Length == record.Length && file.LastWriteTimeUtc == record.Modified;
    }

    private static byte[]? ReadSmall(string path)
    {
        using FileStream? file = StoreFile.TryOpenRead(path);
        if (file is null || file.Length > MaxManifestLength)
            return null;

        byte[] content = new byte[file.Length];
        return file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) == content.Length ? content : null;
    }
}

/// <summary>The version of this library.</summary>
internal static class IsletVersion
{
    public static string Current { get; } = typeof(IsletVersion).Assembly.GetName().Version!.ToString();
}

/// <summary>The identity of the host's current boot.</summary>
internal static class HostBoot
{
    /// <summary>The id, which changes with every boot; <see langword="null"/> if there is none (macOS).</summary>
    public static string? Id { get; } = Read();

    private static string? Read()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : null;
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            return null;
        }
    }
}
