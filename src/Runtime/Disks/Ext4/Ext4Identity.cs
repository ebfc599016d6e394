using System.Security.Cryptography;
using System.Text;

namespace Islet.Disks.Ext4;

/// <summary>
/// The identity of a filesystem. It is derived from a name, the image's digest, so that the same image gives the same bytes everywhere.
/// </summary>
internal sealed record Ext4Identity
{
    private Ext4Identity(byte[] uuid, byte[] hashSeed) => (Uuid, HashSeed) = (uuid, hashSeed);

    /// <summary>The UUID: 16 bytes, as the superblock stores them.</summary>
    public byte[] Uuid { get; }

    /// <summary>The 16 bytes that salt the hash of indexed directories.</summary>
    public byte[] HashSeed { get; }

    public string Label => "islet";

    /// <summary>The initial value of the checksums of all metadata.</summary>
    public uint ChecksumSeed => Crc32C.Append(~0u, Uuid);

    public static Ext4Identity From(string name)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        byte[] uuid = hash[..16];
        // RFC 9562, section 5.8: version 8, bytes of the creator's choice.
        uuid[6] = (byte)((uuid[6] & 0x0F) | 0x80);
        uuid[8] = (byte)((uuid[8] & 0x3F) | 0x80);
        return new Ext4Identity(uuid, hash[16..]);
    }
}
