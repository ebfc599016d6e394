namespace Islet.Images.Registry;

/// <summary>A manifest or index as a registry delivered it, with its digest verified.</summary>
/// <param name="Content">The document's bytes.</param>
/// <param name="MediaType">The type that the registry declared; <see langword="null"/> if that type was generic.</param>
internal sealed record RegistryDocument(byte[] Content, string? MediaType);
