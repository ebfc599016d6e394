namespace Islet.Images;

/// <summary>The media types of OCI (image specification, media-types.md) and of Docker's image manifest version 2, schema 2.</summary>
internal static class MediaTypes
{
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";
    public const string OciLayer = "application/vnd.oci.image.layer.v1.tar";
    public const string OciLayerGzip = OciLayer + "+gzip";
    public const string OciLayerZstd = OciLayer + "+zstd";

    public const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
    public const string DockerLayerGzip = DockerLayer + ".gzip";
    public const string DockerLayerZstd = DockerLayer + ".zstd";

    /// <summary>The media types that a registry is asked for.</summary>
    public static IReadOnlyList<string> Documents { get; } = [OciIndex, DockerIndex, OciManifest, DockerManifest];

    /// <summary>
    /// The layers that can be read. The first bytes of a layer tell its compression: see <see cref="Store.Compression"/>.
    /// </summary>
    public static IReadOnlyList<string> Layers { get; } =
    [
        OciLayer, OciLayerGzip, OciLayerZstd, DockerLayer, DockerLayerGzip, DockerLayerZstd,
    ];

    public static bool IsIndex(string mediaType) => mediaType is OciIndex or DockerIndex;

    public static bool IsManifest(string mediaType) => mediaType is OciManifest or DockerManifest;

    public static bool IsConfig(string mediaType) => mediaType is OciConfig or DockerConfig;

    /// <summary>Whether the layer's content lies elsewhere, as that of Windows' base layers does.</summary>
    public static bool IsForeign(string mediaType) =>
        mediaType.StartsWith("application/vnd.oci.image.layer.nondistributable.", StringComparison.Ordinal)
        || mediaType.StartsWith("application/vnd.docker.image.rootfs.foreign.", StringComparison.Ordinal);
}
