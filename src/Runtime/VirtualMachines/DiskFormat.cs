namespace Islet.VirtualMachines;

/// <summary>How the bytes of a disk's file are laid out.</summary>
internal enum DiskFormat
{
    /// <summary>As on the disk itself.</summary>
    Raw,

    /// <summary>QEMU's copy-on-write format, version 2 or 3: the frozen disk of another machine.</summary>
    Qcow2,
}
