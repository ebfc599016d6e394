using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Islet.Aspire.Configuration.Certificates;

/// <summary>
/// The name by which OpenSSL looks for a certificate in a directory, as <c>openssl x509 -subject_hash</c> prints it. It is the beginning of
/// the SHA-1 of the subject in OpenSSL's canonical form (X509_NAME_hash_ex, x509_name_canon).
/// </summary>
internal static class OpenSslSubjectHash
{
    private static readonly UniversalTagNumber[] s_texts =
    [
        UniversalTagNumber.UTF8String, UniversalTagNumber.BMPString, UniversalTagNumber.PrintableString, UniversalTagNumber.T61String,
        UniversalTagNumber.IA5String, UniversalTagNumber.VisibleString,
    ];

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "It is a name that OpenSSL has fixed.")]
    public static string Of(X500DistinguishedName subject)
    {
        var canonical = new MemoryStream();
        AsnReader parts = new AsnReader(subject.RawData, AsnEncodingRules.DER).ReadSequence();

        // The header of the outer sequence is left out.
        while (parts.HasData)
            canonical.Write(Canonicalize(parts.ReadSetOf()));
        byte[] hash = SHA1.HashData(canonical.ToArray());
        return BinaryPrimitives.ReadUInt32LittleEndian(hash).ToString("x8", CultureInfo.InvariantCulture);
    }

    private static byte[] Canonicalize(AsnReader attributes)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSetOf())
        {
            while (attributes.HasData)
            {
                AsnReader attribute = attributes.ReadSequence();
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(attribute.ReadObjectIdentifier());
                    WriteValue(writer, attribute);
                }
            }
        }

        return writer.Encode();
    }

    private static void WriteValue(AsnWriter writer, AsnReader attribute)
    {
        Asn1Tag tag = attribute.PeekTag();
        var type = (UniversalTagNumber)tag.TagValue;
        if (tag.TagClass != TagClass.Universal || !s_texts.Contains(type))
        {
            writer.WriteEncodedValue(attribute.ReadEncodedValue().Span);
            return;
        }

        writer.WriteCharacterString(UniversalTagNumber.UTF8String, Normalize(attribute.ReadCharacterString(type)));
    }

    // Leading and trailing spaces are removed, inner ones become one, and ASCII letters become lower-case; other letters stay.
    private static string Normalize(string text) => string.Join(
        ' ', text.Split((char[])[' ', '\t', '\n', '\v', '\f', '\r'], StringSplitOptions.RemoveEmptyEntries))
        .Aggregate(new StringBuilder(), (normal, c) => normal.Append(char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c)).ToString();
}
