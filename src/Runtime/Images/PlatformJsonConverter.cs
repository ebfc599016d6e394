using System.Text.Json;
using System.Text.Json.Serialization;

namespace Islet.Images;

/// <summary>Reads and writes a platform as one string: <c>linux/amd64</c>.</summary>
internal sealed class PlatformJsonConverter : JsonConverter<Platform>
{
    public override Platform Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Platform.TryParse(reader.GetString(), out Platform? platform)
            ? platform
            : throw new JsonException("A platform is malformed.");

    public override void Write(Utf8JsonWriter writer, Platform value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
