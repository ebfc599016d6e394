using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace Islet.VirtualMachines.Qemu;

/// <summary>The open files of a disk that a running QEMU gets. It opens none by its path, because it may have given up root.</summary>
internal sealed class PassedDisk : IDisposable
{
    private readonly List<SafeFileHandle> _files = [];
    private readonly DiskImage? _below;

    private PassedDisk(DiskImage? below) => _below = below;

    /// <summary>The files: first the one that is written to, then each the one below.</summary>
    public IReadOnlyList<SafeFileHandle> Files => _files;

    /// <summary>Opens an overlay and all files below it.</summary>
    /// <param name="overlayPath">The qcow2 file that is written to.</param>
    /// <param name="below">The files below it, if there are any.</param>
    /// <exception cref="VirtualMachineException">A file can't be opened, or is not what it is said to be.</exception>
    public static PassedDisk Open(string overlayPath, DiskImage? below)
    {
        var disk = new PassedDisk(below);
        string path = overlayPath;
        try
        {
            disk.Add(path, FileAccess.ReadWrite);
            foreach (DiskImage image in below?.Chain ?? [])
            {
                path = image.Path;
                SafeFileHandle file = disk.Add(path, FileAccess.Read);
                if (image.Format == DiskFormat.Qcow2)
                    Qcow2Overlay.RequireOwn(file, path);
            }

            return disk;
        }
        catch (Exception exception)
        {
            disk.Dispose();
            if (StorageException.Describes(exception))
                throw new VirtualMachineException($"The disk image {path} can't be opened: {exception.Message}", exception);
            throw;
        }
    }

    /// <summary>Returns the disk as a node of QEMU's block layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="firstSet">The number of QEMU's descriptor set with the first file; each next file is in the next set.</param>
    public JsonObject ToNode(string name, int firstSet)
    {
        int set = firstSet;
        return CommandLine.DiskNode(name, SetPath(set), _below, _ => SetPath(++set));
    }

    /// <summary>Closes the files. QEMU has its own descriptors of them.</summary>
    public void Dispose() => _files.ForEach(static file => file.Dispose());

    private SafeFileHandle Add(string path, FileAccess access)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
        _files.Add(file);
        return file;
    }

    private static string SetPath(int set) => string.Create(CultureInfo.InvariantCulture, $"/dev/fdset/{set}");
}
