using System.Runtime.InteropServices;
using System.Text;

namespace Islet.Guest.Linux;

/// <summary>The stages of a launch that the child reports; the numbers are those of launcher.h.</summary>
internal enum LaunchStage : uint
{
    Prepared = 1,
    Namespaces,
    Root,
    Step,
    Terminal,
    WorkingDirectory,
    ResourceLimit,
    User,
    Capabilities,
    Seccomp,
    Execute,
    StartStep,
}

/// <summary>A report of the child: that it is prepared, or the stage and the reason of its failure.</summary>
internal readonly record struct LaunchReport(LaunchStage Stage, uint Index, int Error);

/// <summary>The descriptors that the child's side of a launch uses.</summary>
internal readonly record struct ChildDescriptors(
    Descriptor Stdin, Descriptor Stdout, Descriptor Stderr, Descriptor Report, Descriptor? Start, Descriptor Cgroup,
    Descriptor PidNamespace);

/// <summary>The managed side of native/launcher.c.</summary>
internal static unsafe partial class Launcher
{
    /// <summary>The C structure islet_launch.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeLaunch
    {
        public byte* Root;
        public NativeStep* Steps;
        public NativeStep* StartSteps;
        public NativeLimit* Limits;
        public uint* Groups;
        public byte* Seccomp;
        public byte* WorkingDirectory;
        public byte* OomScoreAdjust;
        public byte** Arguments;
        public byte** Environment;
        public ulong Capabilities;
        public int StepCount;
        public int StartStepCount;
        public int LimitCount;
        public int GroupCount;
        public int SeccompCount;
        public uint User;
        public uint Group;
        public int Container;
        public int PidNamespace;
        public int Cgroup;
        public int Report;
        public int Start;
        public int Stdin;
        public int Stdout;
        public int Stderr;
        public uint Terminal;
        public uint Rows;
        public uint Columns;
        public uint NoNewPrivileges;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct NativeStep
    {
        public uint Operation;
        public uint Unused;
        public ulong Flags;
        public byte* Source;
        public byte* Target;
        public byte* Type;
        public byte* Data;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct NativeLimit
    {
        public ulong Resource;
        public ulong Soft;
        public ulong Hard;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct NativeReport
    {
        public uint Stage;
        public uint Index;
        public int Error;
    }

    [LibraryImport("islet_launcher")]
    private static partial int islet_launch(NativeLaunch* launch, int* pidfd);

    [LibraryImport("islet_launcher")]
    private static partial int islet_receive_report(int socket, NativeReport* report, int* descriptor);

    [LibraryImport("islet_launcher", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int islet_syscall_number(string name);

    [LibraryImport("islet_launcher")]
    private static partial uint islet_audit_architecture();

    /// <summary>Returns the number of a system call on this architecture; null when it has none of that name.</summary>
    public static int? FindSystemCall(string name) => islet_syscall_number(name) is >= 0 and int number ? number : null;

    /// <summary>The number by which a seccomp filter identifies this architecture.</summary>
    public static uint AuditArchitecture => islet_audit_architecture();

    /// <summary>Forks. The child prepares itself, reports, and executes the program.</summary>
    public static (int Pid, Descriptor PidDescriptor) Launch(LaunchPlan plan, in ChildDescriptors child)
    {
        using var memory = new Arena();
        var launch = new NativeLaunch
        {
            Root = memory.Text(plan.Root),
            Steps = Lay(memory, plan.Steps),
            StartSteps = Lay(memory, plan.StartSteps),
            Limits = Lay(memory, plan.Limits),
            Groups = (uint*)memory.Copy(MemoryMarshal.AsBytes(plan.Groups.AsSpan())),
            Seccomp = memory.Copy(plan.Seccomp),
            WorkingDirectory = memory.Text(plan.WorkingDirectory),
            OomScoreAdjust = memory.Text(plan.OomScoreAdjust.ToString()),
            Arguments = memory.Texts(plan.Arguments),
            Environment = memory.Texts(plan.Environment),
            Capabilities = plan.Capabilities,
            StepCount = plan.Steps.Count,
            StartStepCount = plan.StartSteps.Count,
            LimitCount = plan.Limits.Count,
            GroupCount = plan.Groups.Length,
            SeccompCount = plan.Seccomp.Length / 8,
            User = plan.User,
            Group = plan.Group,
            Container = plan.Container?.Number ?? -1,
            PidNamespace = child.PidNamespace.Number,
            Cgroup = child.Cgroup.Number,
            Report = child.Report.Number,
            Start = child.Start?.Number ?? -1,
            Stdin = child.Stdin.Number,
            Stdout = child.Stdout.Number,
            Stderr = child.Stderr.Number,
            Terminal = plan.Terminal ? 1u : 0,
            Rows = plan.Rows,
            Columns = plan.Columns,
            NoNewPrivileges = plan.NoNewPrivileges ? 1u : 0,
        };

        // SAFETY: the arena holds everything that launch points to until after the call; the child works on its own copy of the memory from
        // the fork on.
        int pidfd = -1;
        int pid = islet_launch(&launch, &pidfd);
        return pid switch
        {
            >= 0 => (pid, new Descriptor(pidfd)),
            -Errno.EAGAIN => throw new LinuxException(-pid, "start a process in the container, whose limit of processes is reached"),
            _ => throw new LinuxException(-pid, "start a process in the container"),
        };
    }

    /// <summary>Takes a report. False when there is none yet, or none will follow (<paramref name="ended"/>).</summary>
    public static bool TryReceive(Descriptor socket, out LaunchReport report, out Descriptor? terminal, out bool ended)
    {
        NativeReport raw = default;
        int descriptor = -1;

        // SAFETY: both variables are on this stack frame and have the sizes that the C side expects.
        int count = islet_receive_report(socket.Number, &raw, &descriptor);
        report = new LaunchReport((LaunchStage)raw.Stage, raw.Index, raw.Error);
        terminal = descriptor >= 0 ? new Descriptor(descriptor) : null;
        ended = count <= 0 && count != -Errno.EAGAIN && count != -Errno.EINTR;
        return count == sizeof(NativeReport);
    }

    private static NativeStep* Lay(Arena memory, List<LaunchStep> steps)
    {
        var native = (NativeStep*)memory.Allocate(steps.Count * sizeof(NativeStep));
        for (int i = 0; i < steps.Count; i++)
        {
            LaunchStep step = steps[i];
            native[i] = new NativeStep
            {
                Operation = (uint)step.Operation,
                Flags = step.Flags,
                Source = memory.Text(step.Source),
                Target = memory.Text(step.Target),
                Type = memory.Text(step.Type),
                Data = memory.Text(step.Data),
            };
        }

        return native;
    }

    private static NativeLimit* Lay(Arena memory, List<ResourceLimit> limits)
    {
        var native = (NativeLimit*)memory.Allocate(limits.Count * sizeof(NativeLimit));
        for (int i = 0; i < limits.Count; i++)
            native[i] = new NativeLimit { Resource = limits[i].Resource, Soft = limits[i].Soft, Hard = limits[i].Hard };
        return native;
    }

    /// <summary>Memory that the collector does not manage, freed all at once.</summary>
    private sealed class Arena : IDisposable
    {
        private const int BlockSize = 16 * 1024;

        private readonly List<nint> _blocks = [];
        private byte* _next;
        private int _left;

        public byte* Allocate(int size)
        {
            size = (size + 7) & ~7;
            if (size > _left)
            {
                int block = Math.Max(size, BlockSize);
                _next = (byte*)NativeMemory.Alloc((nuint)block);
                _left = block;
                _blocks.Add((nint)_next);
            }

            byte* memory = _next;
            _next += size;
            _left -= size;
            return memory;
        }

        public byte* Copy(ReadOnlySpan<byte> bytes)
        {
            byte* memory = Allocate(bytes.Length);
            bytes.CopyTo(new Span<byte>(memory, bytes.Length));
            return memory;
        }

        public byte* Text(string? text)
        {
            if (text is null)
                return null;
            int length = Encoding.UTF8.GetByteCount(text);
            byte* memory = Allocate(length + 1);
            Encoding.UTF8.GetBytes(text, new Span<byte>(memory, length));
            memory[length] = 0;
            return memory;
        }

        /// <summary>Returns an array of strings, ended by a null pointer.</summary>
        public byte** Texts(IReadOnlyList<string> texts)
        {
            var memory = (byte**)Allocate((texts.Count + 1) * sizeof(byte*));
            for (int i = 0; i < texts.Count; i++)
                memory[i] = Text(texts[i]);
            memory[texts.Count] = null;
            return memory;
        }

        public void Dispose()
        {
            foreach (nint block in _blocks)
                NativeMemory.Free((void*)block);
        }
    }
}
