namespace Islet.Images.Store;

/// <summary>The result of the last resolution of a reference.</summary>
/// <param name="Reference">The reference in full.</param>
/// <param name="Platform">The platform it was resolved for.</param>
/// <param name="Manifest">The manifest for that platform.</param>
internal sealed record ReferenceRecord(string Reference, string Platform, Descriptor Manifest);
