using System.Text;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>What one machine has on the host's disk. Disposing it removes it all.</summary>
internal sealed class MachineDirectory : IDisposable
{
    private const int LongestSocketPath = 103; // macOS; Linux takes 107

    internal MachineDirectory(string path)
    {
        Path = path;
        if (Encoding.UTF8.GetByteCount(AgentSocket) > LongestSocketPath)
            throw new VirtualMachineException($"{AgentSocket} is longer than a unix socket's path may be ({LongestSocketPath} bytes). Set ISLET_RUN_DIRECTORY to a directory with a shorter path.");
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>The copy-on-write disk.</summary>
    public string RootDisk => System.IO.Path.Combine(Path, "root.qcow2");

    /// <summary>Where the host's end of the agent's port is connected; the path is gone as soon as that is done.</summary>
    public string AgentSocket => System.IO.Path.Combine(Path, "agent");

    /// <summary>The disk of a machine that waits for its real one.</summary>
    public string PlaceholderDisk => System.IO.Path.Combine(Path, "placeholder.qcow2");

    /// <summary>The disk that a machine rehearses with before it gets its real one.</summary>
    public string StandInDisk => System.IO.Path.Combine(Path, "stand-in.qcow2");

    /// <summary>Where QEMU connects to hand over its state; the path is gone as soon as that is done.</summary>
    public string StateSocket => System.IO.Path.Combine(Path, "state");

    /// <summary>Where another machine hands over everything to this one. QEMU makes the path, and removes it at a time of its own.</summary>
    public string HeirSocket => System.IO.Path.Combine(Path, "heir");

    /// <summary>What kernel and agent print.</summary>
    public string ConsoleLog => System.IO.Path.Combine(Path, "console.log");

    /// <summary>Removes the directory with all that is in it.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody was faster.
        }
    }
}
