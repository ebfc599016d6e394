using System.Globalization;
using System.Security.Cryptography;

namespace Islet.Description;

/// <summary>The properties in which any two containers differ, even if one was forked from the other.</summary>
/// <param name="Hostname">Its hostname; the same in a fork only if the caller chose it.</param>
/// <param name="MachineId">32 hexadecimal digits: machine-id(5).</param>
/// <param name="Mac">The hardware address of its network interface.</param>
internal sealed record ContainerIdentity(string Hostname, string MachineId, string Mac)
{
    /// <summary>Creates a new identity.</summary>
    /// <param name="hostname">The hostname, if the caller chose it.</param>
    public static ContainerIdentity Create(string? hostname) => new(
        hostname ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)),
        Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
        RandomMac());

    // Locally administered, unicast: the first octet ends in binary 10.
    private static string RandomMac()
    {
        byte[] mac = RandomNumberGenerator.GetBytes(6);
        mac[0] = (byte)((mac[0] & 0xFC) | 0x02);
        return string.Join(':', mac.Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture)));
    }
}
