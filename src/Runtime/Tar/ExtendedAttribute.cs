namespace Islet.Tar;

/// <summary>An extended attribute as the archive spells it: the full name (<c>user.note</c>), and bytes that need not be text.</summary>
internal sealed record ExtendedAttribute(byte[] Name, byte[] Value);
