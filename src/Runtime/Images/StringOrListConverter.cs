using System.Text.Json;
using System.Text.Json.Serialization;

namespace Islet.Images;

/// <summary>
/// Reads a list of strings, or one string that stands for a list of one. Docker has always read both (its type <c>StrSlice</c>).
/// </summary>
internal sealed class StringOrListConverter : JsonConverter<IReadOnlyList<string?>>
{
    public override IReadOnlyList<string?> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString() is { Length: > 0 } single ? [single] : [];
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("A list of strings, or a string, was expected.");

        var list = new List<string?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(reader.TokenType is JsonTokenType.String or JsonTokenType.Null
                ? reader.GetString()
                : throw new JsonException("A list holds something that is no string."));
        }

        return list;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string?> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (string? item in value)
            writer.WriteStringValue(item);
        writer.WriteEndArray();
    }
}
