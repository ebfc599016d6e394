using System.Globalization;
using System.Text;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;

namespace Islet.Guest.Processes;

/// <summary>The container's cgroup (version 2): its limits, its statistics, and its count of processes killed by the kernel.</summary>
/// <remarks>
/// There are two, one inside the other. The container is in the inner one, which is the root of the tree that it sees: its programs read
/// their limits there. Root in the container can mount the inner one writable, in new namespaces, and lift its limits. The limits of the
/// outer one are the same and always hold, because no path in the container leads there; so the figures and the pause are those of the
/// outer one too.
/// </remarks>
internal sealed class ControlGroup : IReadinessHandler
{
    public const string Mountpoint = "/sys/fs/cgroup";
    private const string Path = Mountpoint + "/islet";
    private const string InnerPath = Path + "/container";
    private const int MaxPids = 4194304; // PID_MAX_LIMIT: the kernel takes no more
    private const int CpuPeriodMicroseconds = 100_000;

    private readonly Descriptor _events;
    private Resources _limits = new();

    private ControlGroup(EventLoop loop)
    {
        Directory = Descriptor.Open(InnerPath, OpenFlags.PathOnly | OpenFlags.Directory);
        _events = Open("memory.events", OpenFlags.ReadOnly);
        Refresh();
        loop.Add(_events, Epoll.Priority, this);
    }

    /// <summary>The inner cgroup, for the container's processes.</summary>
    public Descriptor Directory { get; }

    /// <summary>The number of processes of the container that were killed for lack of memory.</summary>
    public ulong OutOfMemoryKills { get; private set; }

    /// <summary>Creates the container's cgroup.</summary>
    /// <remarks>
    /// The agent stays in the root cgroup, where the kernel does no accounting for it. It needs no protection: its program is in the
    /// initramfs, and the memory that it allocates could be taken away only by swapping.
    /// </remarks>
    public static ControlGroup Create(EventLoop loop)
    {
        // One write per controller: a kernel may lack one, and then refuses a line that contains it.
        Mounts.MakeDirectory(Path);
        foreach (string controller in (ReadOnlySpan<string>)["+memory", "+pids", "+cpu", "+io"])
        {
            _ = TryWrite(Mountpoint + "/cgroup.subtree_control", controller);
            _ = TryWrite(Path + "/cgroup.subtree_control", controller);
        }

        Mounts.MakeDirectory(InnerPath);
        return new ControlGroup(loop);
    }

    /// <summary>Sets those limits of the container that differ from its current ones.</summary>
    public void Limit(Resources resources)
    {
        if (resources.MemoryBytes != _limits.MemoryBytes)
            Limit("memory.max", resources.MemoryBytes == 0 ? "max" : resources.MemoryBytes.ToString(CultureInfo.InvariantCulture));
        if (resources.Pids != _limits.Pids)
            Limit("pids.max", resources.Pids is 0 or >= MaxPids ? "max" : resources.Pids.ToString(CultureInfo.InvariantCulture));
        if (!resources.Cpus.Equals(_limits.Cpus))
        {
            Limit("cpu.max", resources.Cpus <= 0
                ? "max"
                : string.Create(CultureInfo.InvariantCulture, $"{QuotaOf(resources.Cpus)} {CpuPeriodMicroseconds}"));
        }

        _limits = resources;
    }

    /// <summary>Reads one of the cgroup's files; empty when the kernel does not have it.</summary>
    public static string Read(string file)
    {
        using Descriptor? descriptor = Descriptor.TryOpen($"{Path}/{file}", OpenFlags.ReadOnly);
        if (descriptor is null)
            return "";
        Span<byte> buffer = stackalloc byte[4096];
        int count = descriptor.Read(buffer);
        return count > 0 ? Encoding.UTF8.GetString(buffer[..count]) : "";
    }

    /// <summary>Reads a file that holds one number; 0 for "max" or an empty file.</summary>
    public static ulong ReadNumber(string file) =>
        ulong.TryParse(Read(file).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;

    /// <summary>Returns the number after a key, as in "oom_kill 1"; the sum of all when several lines have the key (io.stat).</summary>
    public static ulong Sum(string content, string key)
    {
        ulong sum = 0;
        ReadOnlySpan<char> rest = content;
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOfAny(' ', '\n');
            ReadOnlySpan<char> word = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (!word.StartsWith(key))
                continue;

            ReadOnlySpan<char> value = word.Length > key.Length && word[key.Length] == '=' ? word[(key.Length + 1)..] : default;
            if (word.Length == key.Length)
            {
                int valueEnd = rest.IndexOfAny(' ', '\n');
                value = valueEnd < 0 ? rest : rest[..valueEnd];
            }

            if (ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
                sum += number;
        }

        return sum;
    }

    public void OnReady(uint events) => Refresh();

    /// <summary>Checks whether the kernel has killed processes since the last call.</summary>
    public void Refresh()
    {
        Span<byte> buffer = stackalloc byte[512];
        int count = _events.ReadAt(buffer, 0);
        ulong kills = count > 0 ? Sum(Encoding.UTF8.GetString(buffer[..count]), "oom_kill") : 0;
        OutOfMemoryKills = Math.Max(OutOfMemoryKills, kills);
    }

    /// <summary>Opens one of the cgroup's files, for repeated use.</summary>
    public static Descriptor Open(string file, int flags) => Descriptor.Open($"{Path}/{file}", flags);

    public static void Write(string file, string value) => Write(Path, file, value);

    // The limit of the inner cgroup exists so that the container can read it.
    private static void Limit(string file, string value)
    {
        Write(Path, file, value);
        Write(InnerPath, file, value);
    }

    private static void Write(string path, string file, string value)
    {
        using Descriptor descriptor = Descriptor.Open($"{path}/{file}", OpenFlags.WriteOnly);
        int count = descriptor.Write(Encoding.UTF8.GetBytes(value));
        if (count < 0)
            throw new LinuxException(-count, $"set {file} to {value}");
    }

    // The kernel refuses a quota below a millisecond.
    private static long QuotaOf(double cpus) => Math.Max(1000, (long)(cpus * CpuPeriodMicroseconds));

    private static int TryWrite(string path, string value)
    {
        using Descriptor? file = Descriptor.TryOpen(path, OpenFlags.WriteOnly);
        int count = file?.Write(Encoding.UTF8.GetBytes(value)) ?? -Errno.ENOENT;
        return count < 0 ? -count : 0;
    }
}
