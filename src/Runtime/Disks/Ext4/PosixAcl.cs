using System.Buffers.Binary;

namespace Islet.Disks.Ext4;

/// <summary>
/// Converts POSIX access control lists. Programs and archives see one format (version 2, eight bytes per entry); ext4 stores another
/// (version 1, where entries without a user or group id are four bytes long).
/// </summary>
internal static class PosixAcl
{
    /// <summary>The length of a list without entries, in bytes.</summary>
    public const int HeaderLength = 4;

    private const int OwnerTag = 0x01;
    private const int UserTag = 0x02;
    private const int OwningGroupTag = 0x04;
    private const int GroupTag = 0x08;
    private const int MaskTag = 0x10;
    private const int OthersTag = 0x20;

    /// <exception cref="InvalidLayerException">The list is malformed.</exception>
    public static byte[] ToDiskForm(ReadOnlySpan<byte> archived)
    {
        if (archived.Length < 4 || archived.Length % 8 != 4 || BinaryPrimitives.ReadUInt32LittleEndian(archived) != 2)
            throw new InvalidLayerException("An access control list is malformed.");

        Span<byte> disk = new byte[archived.Length];
        disk.Put32(0, 1);
        int length = 4;
        int previousTag = 0;
        int tags = 0;
        for (ReadOnlySpan<byte> rest = archived[4..]; !rest.IsEmpty; rest = rest[8..])
        {
            int tag = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            // The kernel refuses lists whose tags are unknown or not in ascending order; only users and groups repeat.
            if (tag is not (OwnerTag or UserTag or OwningGroupTag or GroupTag or MaskTag or OthersTag) || rest[2] > 7 || rest[3] != 0
                || tag < previousTag || (tag == previousTag && tag is not (UserTag or GroupTag)))
            {
                throw new InvalidLayerException("An access control list is malformed.");
            }

            bool hasId = tag is UserTag or GroupTag;
            int size = hasId ? 8 : 4;
            rest[..size].CopyTo(disk[length..]);
            length += size;
            previousTag = tag;
            tags |= tag;
        }

        // The rule for a valid list in acl(5). The kernel fails every access to a file whose list lacks one of the three, or the mask when
        // it has names.
        const int required = OwnerTag | OwningGroupTag | OthersTag;
        bool hasNames = (tags & (UserTag | GroupTag)) != 0;
        if (tags != 0 && ((tags & required) != required || (hasNames && (tags & MaskTag) == 0)))
            throw new InvalidLayerException(
                "An access control list is incomplete: it lacks the owner, the group, the others, or the mask.");

        return disk[..length].ToArray();
    }
}
