namespace Islet.Images.Store;

/// <summary>What a reference led to when it was last resolved.</summary>
/// <param name="Reference">The reference in full.</param>
/// <param name="Platform">The platform it was resolved for.</param>
/// <param name="Manifest">The manifest for that platform.</param>
internal sealed record ReferenceRecord(string Reference, string Platform, Descriptor Manifest);
