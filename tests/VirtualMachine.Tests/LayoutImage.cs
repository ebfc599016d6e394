using System.Text.Json.Nodes;
using Islet.Testing.Support;

namespace Islet.VirtualMachine.Tests;

/// <summary>Reads the first image of a layout back into memory, to push it or to damage it.</summary>
internal static class LayoutImage
{
    public static OciImage Read(string layout)
    {
        JsonNode index = JsonNode.Parse(File.ReadAllBytes(Path.Combine(layout, "index.json")))!;
        OciBlob manifest = Read(layout, index["manifests"]![0]!);
        JsonNode content = JsonNode.Parse(manifest.Content)!;
        OciBlob config = Read(layout, content["config"]!);
        string architecture = JsonNode.Parse(config.Content)!["architecture"]!.GetValue<string>();
        return new OciImage(architecture, manifest, config, [.. content["layers"]!.AsArray().Select(layer => Read(layout, layer!))]);
    }

    private static OciBlob Read(string layout, JsonNode descriptor)
    {
        string hex = descriptor["digest"]!.GetValue<string>().Split(':')[1];
        return new OciBlob(descriptor["mediaType"]!.GetValue<string>(), File.ReadAllBytes(Path.Combine(layout, "blobs", "sha256", hex)));
    }
}
