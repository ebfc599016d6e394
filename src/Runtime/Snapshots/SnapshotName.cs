using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Islet.Snapshots;

/// <summary>The name of a snapshot: <c>checkpoints/0a1b…</c>, which is also its path below the store's directory.</summary>
/// <param name="Kind">Its purpose.</param>
/// <param name="Key">Its key.</param>
[JsonConverter(typeof(JsonText))]
internal sealed record SnapshotName(SnapshotKind Kind, SnapshotKey Key)
{
    /// <summary>The directory of each kind.</summary>
    public static IReadOnlyDictionary<SnapshotKind, string> Directories { get; } = new Dictionary<SnapshotKind, string>
    {
        [SnapshotKind.Template] = "templates",
        [SnapshotKind.Checkpoint] = "checkpoints",
        [SnapshotKind.Warm] = "warm",
    };

    /// <summary>Reads a text that <see cref="ToString"/> has written.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SnapshotName? name)
    {
        name = null;
        if (text?.Split('/') is not [string directory, string digits] || !SnapshotKey.TryParse(digits, out SnapshotKey? key))
            return false;

        foreach ((SnapshotKind kind, string its) in Directories)
        {
            if (its == directory)
                name = new SnapshotName(kind, key);
        }

        return name is not null;
    }

    /// <summary>Returns the name as <c>checkpoints/0a1b…</c></summary>
    public override string ToString() => Directories[Kind] + "/" + Key;

    /// <summary>Converts names in manifests. A name that is not valid makes the manifest invalid.</summary>
    internal sealed class JsonText : JsonConverter<SnapshotName>
    {
        public override SnapshotName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out SnapshotName? name)
                ? name
                : throw new JsonException("The name of a snapshot is malformed.");

        public override void Write(Utf8JsonWriter writer, SnapshotName value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
