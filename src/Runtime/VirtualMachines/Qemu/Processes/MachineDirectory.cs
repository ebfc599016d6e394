using System.Text;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>The directory with one machine's files on the host. Disposing it removes them all.</summary>
internal sealed class MachineDirectory : IDisposable
{
    private const int LongestSocketPath = 103; // macOS; Linux takes 107

    internal MachineDirectory(string path)
    {
        Path = path;
        if (Encoding.UTF8.GetByteCount(AgentSocket) > LongestSocketPath)
            throw new VirtualMachineException(
                $"{AgentSocket} is longer than a unix socket's path may be ({LongestSocketPath} bytes). "
                + "Set RunDirectory (ISLET_RUN_DIRECTORY) to a directory with a shorter path.");
    }

    /// <summary>The path of the directory.</summary>
    public string Path { get; }

    /// <summary>The path of the copy-on-write disk.</summary>
    public string RootDisk => System.IO.Path.Combine(Path, "root.qcow2");

    /// <summary>The path at which the host's end of the agent's port is connected; removed as soon as that is done.</summary>
    public string AgentSocket => System.IO.Path.Combine(Path, "agent");

    /// <summary>The placeholder disk of a machine that waits for its real one.</summary>
    public string PlaceholderDisk => System.IO.Path.Combine(Path, "placeholder.qcow2");

    /// <summary>The temporary disk that a machine rehearses with before it gets its real one.</summary>
    public string StandInDisk => System.IO.Path.Combine(Path, "stand-in.qcow2");

    /// <summary>The file with the output of kernel and agent.</summary>
    public string ConsoleLog => System.IO.Path.Combine(Path, "console.log");

    /// <summary>Removes the directory with all its files.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another process was faster.
        }
    }
}
