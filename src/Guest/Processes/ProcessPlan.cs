using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

/// <summary>Turns a process as the host describes it into one that the launcher can start.</summary>
internal static class ProcessPlan
{
    private const uint DefaultDeniedError = Errno.EPERM;
    private const int MaxPasswdBytes = 4 << 20;

    /// <param name="spec">The process.</param>
    /// <param name="root">The container's files, which list its users.</param>
    /// <param name="environment">The variables that the container adds.</param>
    /// <param name="newContainer">The steps of a new container; null: join the existing one.</param>
    /// <param name="container">The pidfd of the first process to join.</param>
    /// <param name="waits">Whether the process waits for StartProcess.</param>
    public static LaunchPlan Make(
        ProcessSpec spec, RootDirectory root, ProcessEnvironment environment, ContainerSteps? newContainer, Descriptor? container,
        bool waits)
    {
        if (spec.Arguments.Count == 0 || spec.Arguments[0].Length == 0)
            throw new GrpcException(StatusCode.InvalidArgument, "the process has no program to run");
        RejectNul(spec.Arguments);
        RejectNul(spec.Environment);
        string workingDirectory = spec.WorkingDirectory.Length == 0 ? "/" : StandardMounts.Absolute(spec.WorkingDirectory);
        RejectNul(workingDirectory);

        var users = new UserDatabase(root.TryReadFile("/etc/passwd", MaxPasswdBytes), root.TryReadFile("/etc/group", MaxPasswdBytes));
        ProcessUser user = users.Resolve(spec.User, spec.AdditionalGroups);
        return new LaunchPlan
        {
            Root = newContainer?.Root,
            Steps = newContainer?.Steps ?? [],
            StartSteps = newContainer?.StartSteps ?? [],
            Container = container,
            Arguments = spec.Arguments,
            Environment = environment.Of(spec, user),
            WorkingDirectory = workingDirectory,
            User = user.User,
            Group = user.Group,
            Groups = user.Groups,
            Capabilities = CapabilitySet.Parse(spec.Capabilities),
            Limits = ResourceLimits.WithDefaults(spec.Rlimits),
            Seccomp = spec.Seccomp is { } seccomp ? Compile(seccomp) : [],
            NoNewPrivileges = spec.NoNewPrivileges,
            OomScoreAdjust = Math.Clamp(spec.OomScoreAdjust, -1000, 1000),
            Terminal = spec.Terminal,
            Rows = spec.Rows,
            Columns = spec.Columns,
            WaitsForStart = waits,
        };
    }

    private static byte[] Compile(Seccomp seccomp)
    {
        var denied = new List<int>(seccomp.DeniedSyscalls.Count);
        foreach (string name in seccomp.DeniedSyscalls)
        {
            if (Launcher.FindSystemCall(name) is { } number)
                denied.Add(number);
        }

        return SeccompProgram.Compile(Launcher.AuditArchitecture, denied, seccomp.Errno == 0 ? DefaultDeniedError : seccomp.Errno);
    }

    private static void RejectNul(IReadOnlyList<string> texts)
    {
        foreach (string text in texts)
            RejectNul(text);
    }

    private static void RejectNul(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new GrpcException(
                StatusCode.InvalidArgument,
                    "an argument, environment entry or path contains a NUL character, which no program can be given");
        }
    }
}

/// <summary>The steps that turn a directory into a container's root.</summary>
internal sealed record ContainerSteps(string Root, List<LaunchStep> Steps, List<LaunchStep> StartSteps);
