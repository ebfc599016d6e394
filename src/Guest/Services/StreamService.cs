using Grpc.Core;
using Islet.Guest.Files;
using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Guest.Transport;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Channel = Islet.Protocol.Agent.StdioStream.Types.Channel;
using Kind = Islet.Protocol.Agent.OpenStreamRequest.KindOneofCase;

namespace Islet.Guest.Services;

/// <summary>Opens the target that a stream asks for.</summary>
internal sealed class StreamService(EventLoop loop, Container container, Dialer dialer, HostPorts hostPorts)
{
    public void Open(OpenStreamRequest request, HostStream stream)
    {
        try
        {
            switch (request.KindCase)
            {
                case Kind.Dial: dialer.Dial(request.Dial, stream); break;
                case Kind.Stdio: OpenStandardStream(request.Stdio, stream); break;
                case Kind.ReadTar: TarStreams.OpenRead(loop, container, request.ReadTar, stream); break;
                case Kind.WriteTar: TarStreams.OpenWrite(loop, container, request.WriteTar, stream); break;
                case Kind.Accept: hostPorts.Accept(request.Accept, stream); break;
                default: throw new GrpcException(StatusCode.Unimplemented, "the agent has no such kind of stream");
            }
        }
        catch (GrpcException exception)
        {
            stream.Refuse(exception.Code, exception.Message);
        }
        catch (LinuxException exception)
        {
            stream.Refuse(ErrorCodes.Of(exception.Error), exception.Message);
        }
        catch (Exception exception)
        {
            KernelConsole.Log($"opening a stream failed: {exception}");
            stream.Refuse(StatusCode.Internal, $"opening a stream failed in the agent: {exception.Message}");
        }
    }

    private void OpenStandardStream(StdioStream request, HostStream stream)
    {
        ContainerProcess process = container.Find(request.ProcessId);
        bool opened = request.Channel switch
        {
            Channel.Stdin => process.Input?.TryAttach(stream) ?? false,
            Channel.Stdout => process.Output?.TryAttach(stream) ?? false,
            Channel.Stderr => process.ErrorOutput?.TryAttach(stream) ?? false,
            _ => throw new GrpcException(StatusCode.InvalidArgument, $"there is no channel {(int)request.Channel}"),
        };
        if (!opened)
        {
            throw new GrpcException(
                StatusCode.FailedPrecondition,
                $"{request.Channel} of process \"{request.ProcessId}\" is closed, was never opened, or has a stream already");
        }
    }
}
