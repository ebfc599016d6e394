namespace Islet.Images.Registry;

/// <summary>A manifest or index as a registry delivered it; its digest is verified.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="MediaType">The type it was delivered as, if that says anything.</param>
internal sealed record RegistryDocument(byte[] Content, string? MediaType);
