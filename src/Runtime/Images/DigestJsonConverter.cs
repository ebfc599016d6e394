using System.Text.Json;
using System.Text.Json.Serialization;

namespace Islet.Images;

/// <summary>Reads and writes digests in JSON documents. An invalid digest makes the document invalid.</summary>
internal sealed class DigestJsonConverter : JsonConverter<Digest>
{
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Digest.TryParse(reader.GetString(), out Digest? digest)
            ? digest
            : throw new JsonException("A digest is malformed.");

    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
