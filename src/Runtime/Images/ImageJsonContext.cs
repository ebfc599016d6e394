using System.Text.Json.Serialization;
using Islet.Images.Registry;
using Islet.Images.Store;

namespace Islet.Images;

/// <summary>
/// The JSON serialization of images, compiled ahead of time. A duplicate member is an error: two readers could take different values from
/// it.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ManifestDocument))]
[JsonSerializable(typeof(ImageConfigDocument))]
[JsonSerializable(typeof(ReferenceRecord))]
[JsonSerializable(typeof(LayoutMarkerDocument))]
[JsonSerializable(typeof(IReadOnlyList<DockerArchiveEntry?>))]
[JsonSerializable(typeof(TokenDocument))]
[JsonSerializable(typeof(TagListDocument))]
[JsonSerializable(typeof(DockerConfigDocument))]
[JsonSerializable(typeof(CredentialHelperDocument))]
internal sealed partial class ImageJsonContext : JsonSerializerContext;
