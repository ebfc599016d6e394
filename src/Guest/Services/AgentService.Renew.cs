using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>
    /// Gives a restored machine an identity that differs from that of the machine it was saved from, and from others restored from the same
    /// state. Its processes, which <see cref="Quiesce"/> has paused, resume only then: none of them draws a random number, reads the clock
    /// or asks for its name before.
    /// </summary>
    /// <remarks>
    /// <para>A step that fails leaves them paused, because a machine with half a new identity must not run. Every step can be repeated, so
    /// the host may call again; without anything to change, the call just resumes the processes.</para>
    /// <para>The kernel's boot id can't be changed. The kernel makes it when it is first read: machines restored from a state in which no
    /// process had read it have one each.</para>
    /// </remarks>
    private void Renew(RenewRequest request, GrpcCall call)
    {
        ContainerIdentity identity = _container.Identity;
        if (request.Entropy.Length > 0)
            _random.Add(request.Entropy.Span);
        if (request.ClockUnixNanoseconds != 0)
            Machine.SetClock(request.ClockUnixNanoseconds);
        if (request.Mac.Length > 0 && identity.Link is { } link)
            _network.SetHardwareAddress(link, request.Mac);
        if (request.Hostname.Length > 0)
            _container.Rename(request.Hostname);
        if (request.MachineId.Length > 0)
            identity.ChangeMachineId(request.MachineId);
        _container.ResumeProcesses();
        call.Reply(new RenewResponse());
    }
}
