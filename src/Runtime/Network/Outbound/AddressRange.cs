using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Islet.Networking.Outbound;

/// <summary>A range of IPv4 addresses with a common prefix.</summary>
/// <param name="Address">The first address, in the byte order of numbers.</param>
/// <param name="PrefixLength">The number of common bits, 1 to 32.</param>
internal readonly record struct AddressRange(uint Address, int PrefixLength)
{
    /// <summary>Reads <c>192.0.2.0/24</c>, or one address.</summary>
    public static AddressRange Parse(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        IPAddress address = IPAddress.Parse(slash < 0 ? text : text[..slash]);
        return new AddressRange(
            BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes()),
            slash < 0 ? 32 : int.Parse(text.AsSpan(slash + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>Whether an address is in the range.</summary>
    public bool Contains(uint address) => (address ^ Address) >> (32 - PrefixLength) == 0;
}
