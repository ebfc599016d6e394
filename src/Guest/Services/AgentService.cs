using Google.Protobuf;
using Grpc.Core;
using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Guest.Transport;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;
using Rpc = Islet.Protocol.Agent.Agent.AgentClient;

namespace Islet.Guest.Services;

/// <summary>
/// The methods of agent.proto. This file dispatches a call to its method; each other file of the type has one group of methods.
/// </summary>
internal sealed partial class AgentService : IGrpcService
{
    private readonly EventLoop _loop;
    private readonly Container _container;
    private readonly NetworkSetup _network;
    private readonly HostPorts _hostPorts;
    private readonly RandomPool _random = new();
    private readonly BootTimeline _timeline;
    private readonly Dialer _dialer;
    private readonly StreamService _streams;

    public AgentService(EventLoop loop, Container container, NetworkSetup network, HostPorts hostPorts, BootTimeline timeline)
    {
        _loop = loop;
        _container = container;
        _network = network;
        _hostPorts = hostPorts;
        _timeline = timeline;
        _dialer = new Dialer(loop, container);
        _streams = new StreamService(loop, container, _dialer, hostPorts);
    }

    public IHttp2StreamHandler? Open(string method, Http2Stream stream) =>
        method == AgentMethods.OpenStream ? new HostStream(stream, _streams.Open) : null;

    public IDisposable After(TimeSpan time, Action expired) =>
        _loop.StartTimer((int)Math.Min(time.TotalMilliseconds, int.MaxValue), expired);

    public void Invoke(string method, ReadOnlySpan<byte> message, GrpcCall pending)
    {
        if (!method.StartsWith(AgentMethods.Prefix, StringComparison.Ordinal))
            throw new GrpcException(StatusCode.Unimplemented, $"there is no method {method}");
        try
        {
            InvokeMethod(method[AgentMethods.Prefix.Length..], message, pending);
        }
        catch (LinuxException exception)
        {
            throw new GrpcException(ErrorCodes.Of(exception.Error), exception.Message, exception);
        }
        catch (Exception exception) when (exception is not (GrpcException or InvalidProtocolBufferException))
        {
            KernelConsole.Log($"{method} failed: {exception}");
            throw new GrpcException(StatusCode.Internal, $"{method} failed in the agent: {exception.Message}", exception);
        }
    }

    private void InvokeMethod(string method, ReadOnlySpan<byte> message, GrpcCall call)
    {
        switch (method)
        {
            case nameof(Rpc.GetInfo): GetInfo(call); break;
            case nameof(Rpc.Bootstrap): Bootstrap(BootstrapRequest.Parser.ParseFrom(message), call); break;
            case nameof(Rpc.Abandon): Abandon(call); break;
            case nameof(Rpc.Quiesce): Quiesce(call); break;
            case nameof(Rpc.Renew): Renew(RenewRequest.Parser.ParseFrom(message), call); break;
            case nameof(Rpc.CreateProcess): CreateProcess(CreateProcessRequest.Parser.ParseFrom(message), call); break;
            case nameof(Rpc.StartProcess): StartProcess(StartProcessRequest.Parser.ParseFrom(message), call); break;
            case nameof(Rpc.SignalProcess): SignalProcess(SignalProcessRequest.Parser.ParseFrom(message), call); break;
            case nameof(Rpc.ResizeTerminal): ResizeTerminal(ResizeTerminalRequest.Parser.ParseFrom(message), call); break;
            case nameof(Rpc.WaitProcess): _container.Find(WaitProcessRequest.Parser.ParseFrom(message).Id).AddWaiter(call); break;
            case nameof(Rpc.WaitPort): PortWait.Begin(_loop, _dialer, WaitPortRequest.Parser.ParseFrom(message), call); break;
            case nameof(Rpc.Stat): Stat(StatRequest.Parser.ParseFrom(message), call); break;
            case nameof(Rpc.GetStatistics): GetStatistics(call); break;
            case nameof(Rpc.SetClock): SetClock(SetClockRequest.Parser.ParseFrom(message), call); break;
            case nameof(Rpc.Shutdown): Shutdown(call); break;
            default: throw new GrpcException(StatusCode.Unimplemented, $"there is no method {method}");
        }
    }
}
