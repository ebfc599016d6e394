using Google.Protobuf;
using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Services;

/// <summary>
/// The methods of agent.proto. This file dispatches a call to its method; each other file of the type has one group of methods.
/// </summary>
internal sealed partial class AgentService : ITtrpcService
{
    private readonly EventLoop _loop;
    private readonly Container _container;
    private readonly NetworkSetup _network;
    private readonly HostPorts _hostPorts;
    private readonly RandomPool _random = new();
    private readonly BootTimeline _timeline;
    private readonly Dialer _dialer;

    public AgentService(EventLoop loop, Container container, NetworkSetup network, HostPorts hostPorts, BootTimeline timeline)
    {
        _loop = loop;
        _container = container;
        _network = network;
        _hostPorts = hostPorts;
        _timeline = timeline;
        _dialer = new Dialer(loop, container);
    }

    public void Invoke(string service, string method, ByteString payload, TtrpcCall call)
    {
        if (service != AgentMethods.Service)
            throw new TtrpcException(StatusCode.Unimplemented, $"service {service}");
        try
        {
            Invoke(method, payload, call);
        }
        catch (LinuxException error)
        {
            throw new TtrpcException(ErrorCodes.Of(error.Error), error.Message, error);
        }
        catch (Exception error) when (error is not (TtrpcException or InvalidProtocolBufferException))
        {
            KernelConsole.Log($"{method} failed: {error}");
            throw new TtrpcException(StatusCode.Internal, $"{method} failed in the agent: {error.Message}", error);
        }
    }

    private void Invoke(string method, ByteString payload, TtrpcCall call)
    {
        switch (method)
        {
            case AgentMethods.GetInfo: GetInfo(call); break;
            case AgentMethods.Bootstrap: Bootstrap(BootstrapRequest.Parser.ParseFrom(payload), call); break;
            case AgentMethods.Abandon: Abandon(call); break;
            case AgentMethods.Quiesce: Quiesce(call); break;
            case AgentMethods.Renew: Renew(RenewRequest.Parser.ParseFrom(payload), call); break;
            case AgentMethods.CreateProcess: CreateProcess(CreateProcessRequest.Parser.ParseFrom(payload), call); break;
            case AgentMethods.StartProcess: StartProcess(StartProcessRequest.Parser.ParseFrom(payload), call); break;
            case AgentMethods.SignalProcess: SignalProcess(SignalProcessRequest.Parser.ParseFrom(payload), call); break;
            case AgentMethods.ResizeTerminal: ResizeTerminal(ResizeTerminalRequest.Parser.ParseFrom(payload), call); break;
            case AgentMethods.WaitProcess: _container.Find(WaitProcessRequest.Parser.ParseFrom(payload).Id).AddWaiter(call); break;
            case AgentMethods.WaitPort: PortWait.Begin(_loop, _dialer, WaitPortRequest.Parser.ParseFrom(payload), call); break;
            case AgentMethods.Stat: Stat(StatRequest.Parser.ParseFrom(payload), call); break;
            case AgentMethods.GetStatistics: GetStatistics(call); break;
            case AgentMethods.SetClock: SetClock(SetClockRequest.Parser.ParseFrom(payload), call); break;
            case AgentMethods.Shutdown: Shutdown(call); break;
            default: throw new TtrpcException(StatusCode.Unimplemented, $"method {method}");
        }
    }
}
