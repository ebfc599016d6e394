using Islet.Guest.Linux;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    /// <summary>
    /// Makes a restored machine another than the one it was frozen from, and than others restored from the same state. Its
    /// processes, which <see cref="Quiesce"/> has stopped, go on only then: none of them draws a random number, reads the clock or asks for
    /// its name before.
    /// </summary>
    /// <remarks>
    /// <para>A step that fails leaves them stopped, for a machine that is half another must not run. Every step can be taken twice, so the
    /// host may call again; without anything to change, the call lets them go on as they are.</para>
    /// <para>The kernel's boot id can't be changed. It is made when it is first read: machines restored from a state in which nobody
    /// had read it have one each.</para>
    /// </remarks>
    private void Renew(RenewRequest request, TtrpcCall call)
    {
        ContainerIdentity identity = _container.Identity;
        if (_diskIsFrozen && (request.Hostname.Length > 0 || request.MachineId.Length > 0))
        {
            // Writing there would put the agent to sleep, and the thaw that could wake it would find nobody.
            throw new TtrpcException(StatusCode.FailedPrecondition, "the container's disk is frozen: Thaw comes first");
        }

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
        _container.Thaw();
        call.Reply(new RenewResponse());
    }
}
