using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Processes;

/// <summary>The names of getrlimit(2), in the order of their numbers, which are the same on the architectures we run on.</summary>
internal static class ResourceLimits
{
    private static readonly string[] Names =
    [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE",
        "RTPRIO", "RTTIME",
    ];

    /// <exception cref="TtrpcException">There is no such limit, or the soft one is above the hard one.</exception>
    public static List<ResourceLimit> Parse(IReadOnlyList<Rlimit> limits)
    {
        var parsed = new List<ResourceLimit>(limits.Count);
        foreach (Rlimit limit in limits)
        {
            string name = limit.Type.StartsWith("RLIMIT_", StringComparison.Ordinal) ? limit.Type[7..] : limit.Type;
            int number = Array.IndexOf(Names, name);
            if (number < 0)
                throw new TtrpcException(StatusCode.InvalidArgument, $"there is no resource limit \"{limit.Type}\"");
            if (limit.Soft > limit.Hard)
                throw new TtrpcException(StatusCode.InvalidArgument, $"the soft limit of {limit.Type} is above the hard limit");
            parsed.Add(new ResourceLimit((uint)number, limit.Soft, limit.Hard));
        }

        return parsed;
    }
}
