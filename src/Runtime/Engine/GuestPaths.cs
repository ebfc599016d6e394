namespace Islet.Engine;

/// <summary>The kernel and the initramfs that a runtime's settings name.</summary>
/// <param name="Kernel">The path of the kernel; <see langword="null"/>: the one that comes with Islet.</param>
/// <param name="Initramfs">The path of the initramfs; <see langword="null"/>: the one that comes with Islet.</param>
internal sealed record GuestPaths(string? Kernel, string? Initramfs);
