using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// Writes the empty copy-on-write disk of a machine: a qcow2 header over a raw file (QEMU, docs/interop/qcow2.txt, version 3). It takes a
/// millisecond, while starting <c>qemu-img</c> takes ten, and it needs no other program.
/// </summary>
internal static class Qcow2Overlay
{
    /// <summary>
    /// The apparent size of every machine's disk. It is the same for all, so that a machine restored from another's memory can be given its
    /// own disk. None of it is allocated.
    /// </summary>
    public const long VirtualSize = 64L << 30;

    // With subclusters (32 of 4 KiB each) a small write copies nothing from the file below.
    private const int ClusterBits = 17;
    private const int ClusterSize = 1 << ClusterBits;
    private const ulong ExtendedL2Entries = 1 << 4;
    private const ulong DirtyRefcounts = 1 << 0;
    private const int ExtendedL2EntrySize = 16;

    private const uint Magic = 0x514649FB;
    private const uint Version = 3;
    private const uint HeaderLength = 104;
    private const uint RefcountOrder = 4; // 16-bit counts
    private const uint BackingFormatExtension = 0xE2792ACA;
    private const int MaxBackingNameLength = 1023;

    // One cluster each. The counts of these four are all that is allocated.
    private const long RefcountTableOffset = ClusterSize;
    private const long RefcountBlockOffset = 2 * ClusterSize;
    private const long L1TableOffset = 3 * ClusterSize;
    private const long FileLength = 4 * ClusterSize;

    /// <summary>Creates the file, readable and writable only for its owner.</summary>
    /// <param name="path">The path; it must not exist yet.</param>
    /// <param name="below">The file below, or <see langword="null"/> for an empty disk.</param>
    /// <exception cref="StorageException">The file can't be written, usually because there is no space.</exception>
    public static void Create(string path, DiskImage? below)
    {
        try
        {
            long size = below is null ? 0 : SizeOf(below);
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using var file = new FileStream(path, options);
            Write(file, Math.Max(VirtualSize, size), below is null ? null : Path.GetFullPath(below.Path), below?.Format ?? DiskFormat.Raw);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException(
                $"The machine's disk overlay {path} can't be written: {exception.Message} " +
                "Free some space, or set RunDirectory (ISLET_RUN_DIRECTORY) to a directory on a larger disk.", exception);
        }
    }

    /// <summary>Returns the format's name in QEMU.</summary>
    internal static string NameOf(DiskFormat format) => format == DiskFormat.Qcow2 ? "qcow2" : "raw";

    /// <summary>Writes an empty overlay.</summary>
    /// <param name="file">An empty, seekable file.</param>
    /// <param name="virtualSize">The disk's size in bytes.</param>
    /// <param name="backingPath">The absolute path of the file below, or <see langword="null"/> for an empty disk.</param>
    /// <param name="backingFormat">The format of that file.</param>
    internal static void Write(Stream file, long virtualSize, string? backingPath, DiskFormat backingFormat = DiskFormat.Raw)
    {
        byte[] backing = Encoding.UTF8.GetBytes(backingPath ?? "");
        if (backing.Length > MaxBackingNameLength)
            throw new VirtualMachineException(
                $"The path of the disk image {backingPath} is longer than the {MaxBackingNameLength} bytes that qcow2 can record. "
                + "Keep it elsewhere.");

        byte[] head = new byte[4096];
        WriteHeader(head, virtualSize, backing, NameOf(backingFormat));

        file.SetLength(FileLength);
        WriteAt(file, 0, head);
        WriteAt(file, RefcountTableOffset, [0, 0, 0, 0, 0, (byte)(RefcountBlockOffset >> 16), 0, 0]);
        WriteAt(file, RefcountBlockOffset, [0, 1, 0, 1, 0, 1, 0, 1]);
    }

    /// <summary>
    /// Requires a qcow2 file that QEMU can open without opening any other file that is named in it. What a file says of itself is not
    /// trusted: the machine that wrote it may have been taken over by its guest.
    /// </summary>
    /// <param name="file">The qcow2 file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="SavedMachineException">The file is no such file.</exception>
    internal static void RequireOwn(SafeFileHandle file, string path)
    {
        byte[] head = new byte[HeaderLength];
        if (RandomAccess.Read(file, head, 0) < head.Length || BinaryPrimitives.ReadUInt32BigEndian(head) != Magic)
            throw new SavedMachineException($"The disk image {path} is said to be qcow2, and is not.");

        // An external data file, say, is a feature that is not among these.
        ulong features = BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(72));
        if (BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(4)) != Version || (features & ~(ExtendedL2Entries | DirtyRefcounts)) != 0)
        {
            throw new SavedMachineException(string.Create(
                CultureInfo.InvariantCulture,
                $"The disk image {path} has features that Islet does not use (0x{features:x}), so Islet has not written it."));
        }
    }

    private static long SizeOf(DiskImage image)
    {
        using var file = new FileStream(image.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (image.Format == DiskFormat.Raw)
            return file.Length;

        Span<byte> head = stackalloc byte[32];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && BinaryPrimitives.ReadUInt32BigEndian(head) == Magic
            ? BinaryPrimitives.ReadInt64BigEndian(head[24..])
            : throw new VirtualMachineException($"The disk image {image.Path} is said to be qcow2, and is not.");
    }

    private static void WriteHeader(Span<byte> head, long virtualSize, ReadOnlySpan<byte> backing, string backingFormat)
    {
        // An L1 entry covers one L2 table; each entry of that table covers one cluster.
        const long bytesPerL1Entry = (long)ClusterSize / ExtendedL2EntrySize * ClusterSize;
        uint l1Entries = (uint)((virtualSize + bytesPerL1Entry - 1) / bytesPerL1Entry);

        BinaryPrimitives.WriteUInt32BigEndian(head, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(head[4..], Version);
        BinaryPrimitives.WriteUInt32BigEndian(head[20..], ClusterBits);
        BinaryPrimitives.WriteInt64BigEndian(head[24..], virtualSize);
        BinaryPrimitives.WriteUInt32BigEndian(head[36..], l1Entries);
        BinaryPrimitives.WriteInt64BigEndian(head[40..], L1TableOffset);
        BinaryPrimitives.WriteInt64BigEndian(head[48..], RefcountTableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(head[56..], 1); // clusters of the refcount table
        BinaryPrimitives.WriteUInt64BigEndian(head[72..], ExtendedL2Entries);
        BinaryPrimitives.WriteUInt32BigEndian(head[96..], RefcountOrder);
        BinaryPrimitives.WriteUInt32BigEndian(head[100..], HeaderLength);

        int end = (int)HeaderLength;
        if (backing.IsEmpty)
            return; // an extension of type 0 and length 0 ends the list: zeroes

        // The format is recorded so that QEMU never guesses it from content that a guest could have written there.
        BinaryPrimitives.WriteUInt32BigEndian(head[end..], BackingFormatExtension);
        BinaryPrimitives.WriteUInt32BigEndian(head[(end + 4)..], (uint)backingFormat.Length);
        _ = Encoding.ASCII.GetBytes(backingFormat, head[(end + 8)..]);
        end += 16 + 8; // padded to 8 bytes, then the empty extension that ends the list

        BinaryPrimitives.WriteInt64BigEndian(head[8..], end);
        BinaryPrimitives.WriteUInt32BigEndian(head[16..], (uint)backing.Length);
        backing.CopyTo(head[end..]);
    }

    private static void WriteAt(Stream file, long offset, ReadOnlySpan<byte> bytes)
    {
        file.Position = offset;
        file.Write(bytes);
    }
}
