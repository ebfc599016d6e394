using System.Text;
using Islet.Images;

namespace Islet.Tests.Images;

public sealed class ManifestParserTests
{
    private const string Hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Config = $$$"""{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{{Hash}}}","size":10}""";
    private const string Layer = $$$"""{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{{{Hash}}}","size":20}""";
    private const string Child = $$$"""{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{Hash}}}","size":30"""
        + ""","platform":{"os":"linux","architecture":"arm64","variant":"v8"}}""";

    [Fact]
    public void A_manifest_is_read_with_its_layers_in_order()
    {
        var manifest = Assert.IsType<Manifest>(Parse(
            $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","config":{{{Config}}}"""
            + $$$""","layers":[{{{Layer}}},{{{Layer}}}]}"""));

        Assert.Equal(2, manifest.Layers.Count);
        Assert.Equal(20, manifest.Layers[0].Size);
        Assert.Equal(Hash, manifest.Config.Digest.ToString());
    }

    [Fact]
    public void An_index_is_read_with_its_platforms()
    {
        var index = Assert.IsType<ImageIndex>(Parse($$$"""{"schemaVersion":2,"manifests":[{{{Child}}}]}"""));

        Assert.Equal(Platform.LinuxArm64, Assert.Single(index.Manifests).Platform?.ToPlatform());
        Assert.Equal(MediaTypes.OciIndex, index.MediaType);
    }

    [Theory]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":[{{{Layer}}}],"manifests":[{{{Child}}}]}""", "ambiguous")]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Config}}},"manifests":[{{{Child}}}]}""", "ambiguous")]
    [InlineData($$$"""{"schemaVersion":2,"manifests":[],"layers":[]}""", "ambiguous")]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":[]}""", "no layers")]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Config}}}}""", "neither")]
    [InlineData("""{"schemaVersion":2}""", "neither")]
    [InlineData("""{"schemaVersion":1,"fsLayers":[]}""", "schema 1")]
    [InlineData($$$"""{"schemaVersion":3,"config":{{{Config}}},"layers":[{{{Layer}}}]}""", "schemaVersion is 3")]
    [InlineData(
        $$$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","config":{{{Config}}},"layers":[{{{Layer}}}]}""",
        "media type")]
    [InlineData(
        $$$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[{{{Child}}}]}""", "media type")]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Layer}}},"layers":[{{{Layer}}}]}""", "not a container image")]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":[{{{Config}}}]}""", "unknown type")]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":[null]}""", "empty descriptor")]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Config}}},"config":{{{Config}}},"layers":[{{{Layer}}}]}""", "malformed")]
    [InlineData($$$"""{"schemaVersion":2,"config":{"mediaType":"x","digest":"sha256:../../x","size":1},"layers":[]}""", "malformed")]
    [InlineData($$$"""{"schemaVersion":2,"config":{"mediaType":"x","size":1},"layers":[]}""", "malformed")]
    [InlineData($$$"""{"schemaVersion":2,"config":{"mediaType":null,"digest":"{{{Hash}}}","size":1},"layers":[]}""", "malformed")]
    [InlineData("null", "empty")]
    [InlineData("[]", "malformed")]
    [InlineData("", "malformed")]
    [InlineData("{", "malformed")]
    public void Parse_of_a_document_that_is_no_image_says_why(string document, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidImageException>(() => Parse(document)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "", "foreign")]
    [InlineData("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "", "foreign")]
    [InlineData("application/vnd.oci.image.layer.v1.tar+gzip", ""","urls":["https://elsewhere.example/layer"]""", "foreign")]
    [InlineData("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "", "unknown type")]
    public void Parse_of_a_layer_that_cannot_be_read_says_why(string mediaType, string members, string reason)
    {
        string layer = $$$"""{"mediaType":"{{{mediaType}}}","digest":"{{{Hash}}}","size":20{{{members}}}}""";

        InvalidImageException error = Assert.Throws<InvalidImageException>(
            () => Parse($$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":[{{{layer}}}]}"""));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_of_a_negative_size_fails()
    {
        string layer = Layer.Replace("20", "-20", StringComparison.Ordinal);

        Assert.Throws<InvalidImageException>(() => Parse($$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":[{{{layer}}}]}"""));
    }

    [Fact]
    public void Parse_of_a_document_handed_out_under_another_type_fails()
    {
        string document =
            $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","config":{{{Config}}},"layers":[{{{Layer}}}]}""";

        Assert.Throws<InvalidImageException>(() => Parse(document, MediaTypes.DockerManifest));
        Assert.IsType<Manifest>(Parse(document, MediaTypes.OciManifest));
    }

    [Fact]
    public void Parse_of_an_oversize_document_fails() =>
        Assert.Throws<InvalidImageException>(() => ManifestParser.Parse(new byte[ManifestParser.MaxDocumentSize + 1], null));

    [Fact]
    public void Parse_of_mutilated_documents_never_fails_in_another_way()
    {
        byte[] document = Encoding.UTF8.GetBytes(
            $$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":[{{{Layer}}}],"annotations":{"a":"b"}}""");
        var random = new Random(20_240_102);
        int refused = 0;
        for (int i = 0; i < 5_000; i++)
        {
            byte[] mutilated = (byte[])document.Clone();
            for (int changes = random.Next(1, 4); changes > 0; changes--)
                mutilated[random.Next(mutilated.Length)] = (byte)random.Next(256);

            try
            {
                int length = i % 3 == 0 ? random.Next(mutilated.Length) : mutilated.Length;
                ManifestParser.Parse(mutilated.AsSpan(0, length), null);
            }
            catch (InvalidImageException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1_000, 5_000);
    }

    private static ImageDocument Parse(string document, string? mediaType = null) =>
        ManifestParser.Parse(Encoding.UTF8.GetBytes(document), mediaType);
}
