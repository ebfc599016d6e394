namespace Islet.VirtualMachines;

/// <summary>The layout of the bytes in a disk's file.</summary>
internal enum DiskFormat
{
    /// <summary>The bytes as on the disk itself.</summary>
    Raw,

    /// <summary>QEMU's copy-on-write format, version 2 or 3: the disk of another, saved machine.</summary>
    Qcow2,
}
