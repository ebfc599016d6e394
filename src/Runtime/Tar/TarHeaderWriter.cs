using System.Globalization;
using System.Text;
using Islet.Values;

namespace Islet.Tar;

/// <summary>
/// Writes the header of an entry, and the blocks that have to precede it. Names are stored unchanged: in ustar's two fields, or, if they
/// are longer, in GNU's 'L' and 'K'. They never go into a pax record, because too many readers take those for lines of UTF-8.
/// </summary>
internal static class TarHeaderWriter
{
    private const int NameLength = 100;
    private const int PrefixLength = 155;
    private const string LongLink = "././@LongLink";

    // Seven and eleven octal digits.
    private const long LargestId = (1 << 21) - 1;
    private const long LargestNumber = (1L << 33) - 1;

    public static byte[] Write(TarEntry entry)
    {
        byte[] name = entry.Type == TarEntryType.Directory && entry.Name is not [.., (byte)'/'] ? [.. entry.Name, (byte)'/'] : entry.Name;
        int split = name.Length <= NameLength ? 0 : SplitAt(name);
        bool isGnu = split < 0 || entry.LinkName.Length > NameLength || entry.UserId > LargestId || entry.GroupId > LargestId
            || entry.Size > LargestNumber || entry.Modified.Seconds is < 0 or > LargestNumber;
        var blocks = new MemoryStream();
        if (isGnu && entry.LinkName.Length > NameLength)
            WriteLong(blocks, 'K', entry.LinkName);
        if (isGnu && name.Length > NameLength)
            WriteLong(blocks, 'L', name);
        if (!isGnu && entry.Modified.Nanoseconds != 0)
            WriteTime(blocks, entry.Modified);

        byte[] header = Describe(entry, isGnu);
        if (isGnu || split == 0)
        {
            name.AsSpan(0, Math.Min(name.Length, NameLength)).CopyTo(header);
        }
        else
        {
            name.AsSpan(split + 1).CopyTo(header);
            name.AsSpan(0, split).CopyTo(header.AsSpan(345));
        }

        Seal(header);
        blocks.Write(header);
        return blocks.ToArray();
    }

    /// <summary>Returns the position of the slash that splits a name into ustar's two fields; -1 if there is no suitable one.</summary>
    private static int SplitAt(ReadOnlySpan<byte> name)
    {
        // Neither field contains the slash itself, and the second one must not be empty.
        int first = Math.Max(name.Length - NameLength - 1, 1);
        for (int i = first; i <= PrefixLength && i < name.Length - 1; i++)
        {
            if (name[i] == (byte)'/')
                return i;
        }

        return -1;
    }

    private static byte[] Describe(TarEntry entry, bool isGnu)
    {
        byte[] header = Blank(TypeFlag(entry.Type), isGnu);
        Number(header, 100, 8, entry.Permissions);
        Number(header, 108, 8, entry.UserId);
        Number(header, 116, 8, entry.GroupId);
        Number(header, 124, 12, entry.Type == TarEntryType.RegularFile ? entry.Size : 0);
        Number(header, 136, 12, entry.Modified.Seconds);
        entry.LinkName.AsSpan(0, Math.Min(entry.LinkName.Length, NameLength)).CopyTo(header.AsSpan(157));
        Number(header, 329, 8, entry.DeviceMajor);
        Number(header, 337, 8, entry.DeviceMinor);
        return header;
    }

    private static byte[] Blank(char type, bool isGnu)
    {
        byte[] header = new byte[TarHeader.Size];
        header[156] = (byte)type;
        (isGnu ? "ustar  \0"u8 : "ustar\000"u8).CopyTo(header.AsSpan(257));
        return header;
    }

    private static void WriteLong(MemoryStream blocks, char type, byte[] name)
    {
        byte[] header = Blank(type, isGnu: true);
        Encoding.ASCII.GetBytes(LongLink, header);
        Number(header, 124, 12, name.Length + 1);
        WriteExtension(blocks, header, [.. name, 0]);
    }

    private static void WriteTime(MemoryStream blocks, Timestamp time)
    {
        string value = string.Create(CultureInfo.InvariantCulture, $" mtime={time.Seconds}.{time.Nanoseconds:d9}\n");
        int length = value.Length + 2; // the length counts its own two digits
        byte[] header = Blank('x', isGnu: false);
        Encoding.ASCII.GetBytes("././@PaxHeader", header);
        Number(header, 124, 12, length);
        WriteExtension(blocks, header, Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture) + value));
    }

    private static void WriteExtension(MemoryStream blocks, byte[] header, ReadOnlySpan<byte> content)
    {
        Number(header, 100, 8, 0x1A4);
        Number(header, 108, 8, 0);
        Number(header, 116, 8, 0);
        Number(header, 136, 12, 0);
        Seal(header);
        blocks.Write(header);
        blocks.Write(content);
        blocks.Write(new byte[-content.Length & (TarHeader.Size - 1)]);
    }

    /// <summary>Writes octal digits and a NUL, or base-256 if the digits have no room.</summary>
    private static void Number(byte[] header, int offset, int length, long value)
    {
        string digits = Convert.ToString(value, 8);
        if (value >= 0 && digits.Length < length)
        {
            Encoding.ASCII.GetBytes(digits.PadLeft(length - 1, '0'), header.AsSpan(offset));
            return;
        }

        for (int i = length - 1; i >= 0; i--, value >>= 8)
            header[offset + i] = (byte)value;
        header[offset] |= 0x80;
    }

    private static void Seal(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
            sum += value;
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", header.AsSpan(148));
    }

    private static char TypeFlag(TarEntryType type) => type switch
    {
        TarEntryType.RegularFile => '0',
        TarEntryType.HardLink => '1',
        TarEntryType.SymbolicLink => '2',
        TarEntryType.CharacterDevice => '3',
        TarEntryType.BlockDevice => '4',
        TarEntryType.Directory => '5',
        _ => '6',
    };
}
