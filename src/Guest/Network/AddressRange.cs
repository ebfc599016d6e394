using Grpc.Core;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Network;

/// <summary>A range of IPv4 addresses with a common prefix, as CIDR writes it; also one address together with its network.</summary>
/// <param name="Address">The address as a number, in the host's byte order.</param>
/// <param name="PrefixLength">The number of bits that belong to the network.</param>
internal readonly record struct AddressRange(uint Address, int PrefixLength)
{
    /// <summary>Parses an address with an optional prefix length, 32 when there is none.</summary>
    /// <remarks>Written by hand: after a restore every instruction runs for the first time, and IPAddress has many.</remarks>
    /// <exception cref="GrpcException">The text is not an address range.</exception>
    public static AddressRange Parse(string text)
    {
        ReadOnlySpan<char> rest = text;
        uint address = 0;
        for (int i = 0; i < 4; i++)
        {
            int octet = ReadNumber(ref rest);
            if (octet is < 0 or > 255 || (i < 3 && !TrySkip(ref rest, '.')))
                throw Refuse(text);
            address = address << 8 | (uint)octet;
        }

        int prefix = TrySkip(ref rest, '/') ? ReadNumber(ref rest) : 32;
        return prefix is >= 0 and <= 32 && rest.IsEmpty ? new AddressRange(address, prefix) : throw Refuse(text);
    }

    private static int ReadNumber(ref ReadOnlySpan<char> text)
    {
        int number = -1;
        int length = 0;
        while (length < text.Length && length < 3 && text[length] is >= '0' and <= '9')
            number = Math.Max(number, 0) * 10 + (text[length++] - '0');
        text = text[length..];
        return number;
    }

    private static bool TrySkip(ref ReadOnlySpan<char> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected)
            return false;
        text = text[1..];
        return true;
    }

    private static GrpcException Refuse(string text) =>
        new(StatusCode.InvalidArgument, $"\"{text}\" is not an IPv4 address or range");
}
