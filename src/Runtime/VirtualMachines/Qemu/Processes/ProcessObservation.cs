using System.Diagnostics;
using System.Globalization;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>
/// Observes what keeps a process from running (proc(5), <c>stat</c> and <c>schedstat</c>). Without such a folder, nothing counts as keeping
/// it.
/// </summary>
internal sealed class ProcessObservation(int processId)
{
    private readonly string _tasks = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task");
    private readonly Dictionary<string, long> _waited = [];
    private long _looked;

    /// <summary>
    /// Returns the condition of the process: from its threads' states, and from the longest time that one of them has waited for a
    /// processor since the last look.
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
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A thread, or the process, has ended in the meantime; or the host has no /proc.
            return ProcessCondition.Free;
        }

        if (isBlocked || elapsed == 0)
            return new ProcessCondition(false, 0);
        return new ProcessCondition(false, Math.Clamp(1 - (longestWait / elapsed), 0, 1));
    }

    // 4242 (qemu (system)) S 1 …: the name may contain any character, so the last parenthesis counts.
    internal static char StateOf(string stat)
    {
        int end = stat.LastIndexOf(')');
        return end >= 0 && end + 2 < stat.Length ? stat[end + 2] : ' ';
    }

    // Nanoseconds on a processor, nanoseconds of waiting for one, time slices. Some kernels do not count them.
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
