using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

/// <summary>The names of getrlimit(2), in the order of their numbers, which are the same on all supported architectures.</summary>
internal static class ResourceLimits
{
    private static readonly string[] s_names =
    [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE",
        "RTPRIO", "RTTIME",
    ];

    // Docker's limits, which systemd uses for a service: the kernel's own hard limit of 4096 is too low for servers that raise theirs.
    private static readonly Rlimit[] s_defaults =
    [
        new() { Type = "NOFILE", Soft = 1024, Hard = 524288 },
        new() { Type = "NPROC", Soft = ulong.MaxValue, Hard = ulong.MaxValue },
    ];

    /// <summary>Returns the limits of a process: those it was given, and Docker's for the others.</summary>
    /// <exception cref="GrpcException">There is no such limit, or the soft one is above the hard one.</exception>
    public static List<ResourceLimit> WithDefaults(IReadOnlyList<Rlimit> limits)
    {
        List<ResourceLimit> parsed = Parse(limits);
        foreach (ResourceLimit limit in Parse(s_defaults))
        {
            if (!parsed.Exists(given => given.Resource == limit.Resource))
                parsed.Add(limit);
        }

        return parsed;
    }

    private static List<ResourceLimit> Parse(IReadOnlyList<Rlimit> limits)
    {
        var parsed = new List<ResourceLimit>(limits.Count + s_defaults.Length);
        foreach (Rlimit limit in limits)
        {
            string name = limit.Type.StartsWith("RLIMIT_", StringComparison.Ordinal) ? limit.Type[7..] : limit.Type;
            int number = Array.IndexOf(s_names, name);
            if (number < 0)
                throw new GrpcException(StatusCode.InvalidArgument, $"there is no resource limit \"{limit.Type}\"");
            if (limit.Soft > limit.Hard)
                throw new GrpcException(StatusCode.InvalidArgument, $"the soft limit of {limit.Type} is above the hard limit");
            parsed.Add(new ResourceLimit((uint)number, limit.Soft, limit.Hard));
        }

        return parsed;
    }
}
