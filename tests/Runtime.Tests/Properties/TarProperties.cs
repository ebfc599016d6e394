using CsCheck;
using Islet.Tar;
using Islet.Values;

namespace Islet.Tests.Properties;

public sealed class TarProperties
{
    // Around the lengths of ustar's fields, and with slashes at which a name could be split.
    private static readonly Gen<byte[]> s_name = Gen.OneOf(Gen.Int[1, 20], Gen.Int[90, 110], Gen.Int[250, 265], Gen.Int[1000, 4000])
        .SelectMany(length => Gen.OneOf(Gen.Byte[1, 255], Gen.Const((byte)'/'), Gen.Byte[0x61, 0x7A]).Array[length])
        .Where(name => name[^1] != '/');

    private static readonly Gen<TarEntry> s_entry = Gen.Select(
        Gen.Enum<TarEntryType>(), s_name, s_name, Gen.Int[0, 0xFFF], Gen.Select(Gen.UInt, Gen.UInt),
        Gen.Select(Gen.Long[-1L << 33, 1L << 34], Gen.UInt[0, 999_999_999u]),
        Gen.Select(Gen.UInt[0, 0xFFFu], Gen.UInt[0, 0xFFFFFu]),
        (type, name, target, mode, owner, time, device) => new TarEntry
        {
            Type = type,
            Name = name,
            LinkName = type is TarEntryType.HardLink or TarEntryType.SymbolicLink ? target : [],
            Permissions = (ushort)mode,
            UserId = owner.Item1,
            GroupId = owner.Item2,
            Modified = new Timestamp(time.Item1, time.Item2),
            DeviceMajor = type is TarEntryType.BlockDevice or TarEntryType.CharacterDevice ? device.Item1 : 0,
            DeviceMinor = type is TarEntryType.BlockDevice or TarEntryType.CharacterDevice ? device.Item2 : 0,
        });

    private static readonly Gen<(TarEntry Entry, byte[] Content)[]> s_archive = Gen.Select(
        s_entry, Gen.OneOf(Gen.Byte.Array[0, 3], Gen.Byte.Array[510, 514], Gen.Byte.Array[0, 3000]),
        (entry, content) => entry.Type == TarEntryType.RegularFile
            ? (entry with { Size = content.Length }, content)
            : (entry, Array.Empty<byte>())).Array[0, 12];

    [Fact]
    public void Entries_are_read_back_as_they_were_written() => s_archive.Sample(written =>
    {
        var reader = new TarStreamReader(new MemoryStream(Write(written)));
        foreach ((TarEntry entry, byte[] content) in written)
        {
            TarEntry read = Assert.IsType<TarEntry>(reader.ReadEntry());
            Assert.Equal(entry.Name, read.Name.AsSpan().TrimEnd((byte)'/'));
            Assert.Equal(entry.LinkName, read.LinkName);
            Assert.Equal(
                (entry.Type, entry.Permissions, entry.UserId, entry.GroupId, entry.Size, entry.DeviceMajor, entry.DeviceMinor,
                    entry.Modified.Seconds),
                (read.Type, read.Permissions, read.UserId, read.GroupId, read.Size, read.DeviceMajor, read.DeviceMinor,
                    read.Modified.Seconds));
            byte[] stored = new byte[content.Length];
            reader.ReadContent(stored);
            Assert.Equal(content, stored);
        }

        Assert.Null(reader.ReadEntry());
        Assert.True(reader.HasEndMark);
    });

    [Fact]
    public void A_damaged_archive_is_read_or_refused() =>
        Gen.Select(s_archive, Gen.Int.Positive, Gen.Byte[1, 255], Gen.Int.Positive).Sample((written, at, change, cut) =>
        {
            byte[] archive = Write(written);
            archive[at % archive.Length] ^= change;
            var reader = new TarStreamReader(new MemoryStream(archive, 0, archive.Length - (cut % 3 == 0 ? cut % archive.Length : 0)));
            try
            {
                for (int entries = 0; reader.ReadEntry() is { } entry; entries++)
                    Assert.True(entries < 64 && entry.Name.Length < 1 << 16);
            }
            catch (TarException)
            {
                // The typed refusal.
            }
        });

    private static byte[] Write((TarEntry Entry, byte[] Content)[] entries)
    {
        var archive = new MemoryStream();
        var writer = new TarStreamWriter(archive);
        foreach ((TarEntry entry, byte[] content) in entries)
        {
            Complete(writer.BeginAsync(entry, default));
            Complete(writer.WriteAsync(content, default));
        }

        Complete(writer.CompleteAsync(default));
        return archive.ToArray();
    }

    // A memory stream never waits.
    private static void Complete(ValueTask write)
    {
        Assert.True(write.IsCompleted);
        write.GetAwaiter().GetResult();
    }
}
