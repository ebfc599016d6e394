using Islet.Description;
using Islet.Protocol.Agent;

namespace Islet.Starting;

/// <summary>The first request to a machine with a restored container: it sets the clock, the random generator and the identity.</summary>
internal static class Renewal
{
    /// <summary>Creates the request.</summary>
    /// <param name="clock">The time to set its clock to.</param>
    /// <param name="identity">Its new identity; <see langword="null"/>: it keeps its own.</param>
    public static RenewRequest Create(DateTimeOffset clock, ContainerIdentity? identity = null) => new()
    {
        Entropy = Bootstrap.NewEntropy(),
        ClockUnixNanoseconds = Bootstrap.UnixNanoseconds(clock),
        MachineId = identity?.MachineId ?? "",
        Hostname = identity?.Hostname ?? "",
        Mac = identity?.Mac ?? "",
    };
}
