using System.Diagnostics;
using System.Globalization;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>Looks at what a process is kept from (proc(5), <c>stat</c> and <c>schedstat</c>). Where there is no such folder, nothing keeps it.</summary>
internal sealed class ProcessObservation(int processId)
{
    private readonly string _tasks = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task");
    private readonly Dictionary<string, long> _waited = [];
    private long _looked;

    /// <summary>
    /// Judges the process by its threads' states and by how long the one that waited most has waited for a processor since the last look.
    /// </summary>
    public ProcessCondition Look()
    {
        double elapsed = _looked == 0 ? 0 : Stopwatch.GetElapsedTime(_looked).TotalNanoseconds;
        _looked = Stopwatch.GetTimestamp();
        bool isBlocked = false;
        long longestWait = 0;
        try
        {
            foreach (string task in Directory.EnumerateDirectories(_tasks))
            {
                char state = StateOf(File.ReadAllText(task + "/stat"));
                if (state == 'T')
                    return new ProcessCondition(true, 0);
                isBlocked |= state is 'D' or 't';
                longestWait = Math.Max(longestWait, WaitSinceLastLook(task));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A thread has ended meanwhile, or the process; or the host has no /proc.
            return ProcessCondition.Free;
        }

        if (isBlocked || elapsed == 0)
            return new ProcessCondition(false, 0);
        return new ProcessCondition(false, Math.Clamp(1 - (longestWait / elapsed), 0, 1));
    }

    // 4242 (qemu (system)) S 1 …: the name may hold anything, so the last parenthesis counts.
    internal static char StateOf(string stat)
    {
        int end = stat.LastIndexOf(')');
        return end >= 0 && end + 2 < stat.Length ? stat[end + 2] : ' ';
    }

    // Nanoseconds on a processor, nanoseconds of waiting for one, time slices. Some kernels do not count.
    private long WaitSinceLastLook(string task)
    {
        if (!File.Exists(task + "/schedstat"))
            return 0;
        string[] fields = File.ReadAllText(task + "/schedstat").Split(' ');
        if (fields.Length < 2 || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out long waited))
            return 0;
        long before = _waited.GetValueOrDefault(task, waited);
        _waited[task] = waited;
        return waited - before;
    }
}
