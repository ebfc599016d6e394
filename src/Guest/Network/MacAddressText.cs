using Grpc.Core;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Network;

/// <summary>An Ethernet address as text: 02:1a:…, six pairs of hexadecimal digits.</summary>
internal static class MacAddressText
{
    public const int Length = 6;
    private const int TextLength = 17;

    /// <exception cref="GrpcException">The text is not an Ethernet address.</exception>
    public static void Parse(string text, Span<byte> address)
    {
        bool isValid = text.Length == TextLength;
        for (int i = 0; isValid && i < Length; i++)
        {
            int high = Digit(text[3 * i]), low = Digit(text[3 * i + 1]);
            isValid = high >= 0 && low >= 0 && (i == Length - 1 || text[3 * i + 2] == ':');
            address[i] = (byte)(high << 4 | low);
        }

        if (!isValid)
            throw new GrpcException(StatusCode.InvalidArgument, $"\"{text}\" is not a MAC address");
    }

    private static int Digit(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'f' => c - 'a' + 10,
        >= 'A' and <= 'F' => c - 'A' + 10,
        _ => -1,
    };
}
