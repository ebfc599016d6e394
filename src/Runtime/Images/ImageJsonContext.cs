using System.Text.Json.Serialization;
using Islet.Images.Registry;
using Islet.Images.Store;

namespace Islet.Images;

/// <summary>
/// The JSON of images, compiled ahead of time. A member given twice is an error: what one reader takes from it need not be what
/// another takes.
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
