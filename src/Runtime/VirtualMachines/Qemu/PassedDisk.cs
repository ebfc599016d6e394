using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace Islet.VirtualMachines.Qemu;

/// <summary>The open files of a disk that a running QEMU gets. It opens none by its path, because it may have given up root.</summary>
internal sealed class PassedDisk : IDisposable
{
    // More than a checkpoint may have. A file that lies on itself would never end.
    private const int DeepestChain = 512;

    private readonly List<SafeFileHandle> _files = [];
    private readonly List<DiskFormat> _formats = [];

    private PassedDisk()
    {
    }

    /// <summary>The files: first the one that is written to, then each the one below.</summary>
    public IReadOnlyList<SafeFileHandle> Files => _files;

    /// <summary>Opens an overlay and all files below it.</summary>
    /// <param name="overlayPath">The qcow2 file that is written to.</param>
    /// <param name="backingPath">The file below it, or <see langword="null"/>.</param>
    /// <param name="backingFormat">The format of that file.</param>
    /// <exception cref="VirtualMachineException">A file can't be opened, or is not what it is said to be.</exception>
    public static PassedDisk Open(string overlayPath, string? backingPath, DiskFormat backingFormat)
    {
        var disk = new PassedDisk();
        string path = overlayPath;
        try
        {
            disk.Add(path, FileAccess.ReadWrite, DiskFormat.Qcow2);
            (string Path, DiskFormat Format)? below = backingPath is null ? null : (backingPath, backingFormat);
            while (below is var (next, format))
            {
                path = next;
                SafeFileHandle file = disk.Add(path, FileAccess.Read, format);
                if (disk._files.Count > DeepestChain)
                    throw new VirtualMachineException($"The disk image {backingPath} lies on more than {DeepestChain} others.");
                below = format == DiskFormat.Qcow2 ? Qcow2Overlay.ReadBacking(file, path) : null;
            }

            return disk;
        }
        catch (Exception error)
        {
            disk.Dispose();
            if (StorageException.Describes(error))
                throw new VirtualMachineException($"The disk image {path} can't be opened: {error.Message}", error);
            throw;
        }
    }

    /// <summary>Returns the disk as a node of QEMU's block layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="firstSet">The number of QEMU's descriptor set with the first file; each next file is in the next set.</param>
    public JsonObject ToNode(string name, int firstSet)
    {
        JsonObject? below = null;
        for (int i = _files.Count - 1; i > 0; i--)
        {
            JsonObject node = CommandLine.BackingNode(SetPath(firstSet + i), _formats[i]);
            if (_formats[i] == DiskFormat.Qcow2)
                node["backing"] = below;
            below = node;
        }

        return CommandLine.DiskNode(name, SetPath(firstSet), below);
    }

    /// <summary>Closes the files. QEMU has its own descriptors of them.</summary>
    public void Dispose() => _files.ForEach(static file => file.Dispose());

    private SafeFileHandle Add(string path, FileAccess access, DiskFormat format)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
        _files.Add(file);
        _formats.Add(format);
        return file;
    }

    private static string SetPath(int set) => string.Create(CultureInfo.InvariantCulture, $"/dev/fdset/{set}");
}
