using Google.Protobuf;
using Grpc.Core;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;
using Islet.Protocol.Http2;
using Islet.Protocol.Reflection;

namespace Islet.Networking.Tools;

/// <summary>
/// Answers gRPC's server reflection for the agent, from the host's knowledge of its contract: the agent has no descriptors. A handler of
/// a stream that answers every question on the spot.
/// </summary>
internal sealed class AgentReflectionService(Http2Stream stream) : IHttp2StreamHandler
{
    private const string Service = "islet.agent.v1.Agent";

    private readonly MessageGatherer _gatherer = new();

    /// <summary>Whether a path is the method of one of the two versions, whose messages are the same.</summary>
    public static bool Serves(string method) => method is
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo" or "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

    void IHttp2StreamHandler.Received(ReadOnlySpan<byte> data)
    {
        stream.Grant(data.Length);
        _gatherer.Add(data);
        try
        {
            while (_gatherer.TryTake(out byte[] message))
            {
                stream.Release(GrpcMessages.PrefixSize + message.Length);
                if (stream.SendWindow(0) == 0)
                    stream.Finish(StatusCode.ResourceExhausted, "the answers are not read");
                Answer(ServerReflectionRequest.Parser.ParseFrom(message));
            }
        }
        catch (InvalidProtocolBufferException exception)
        {
            stream.Finish(StatusCode.InvalidArgument, exception.Message);
        }

        if (_gatherer.IsBroken)
            stream.Finish(StatusCode.ResourceExhausted, "a message is compressed, or too large");
    }

    void IHttp2StreamHandler.RemoteClosed() => stream.Finish(stopsClient: false);

    void IHttp2StreamHandler.Lost()
    {
    }

    void IHttp2StreamHandler.SendWindowOpened()
    {
    }

    private void Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse { Service = { new ServiceResponse { Name = Service } } };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol when IsKnown(request.FileContainingSymbol):
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename
                when request.FileByFilename == AgentReflection.Descriptor.Name:
                response.FileDescriptorResponse =
                    new FileDescriptorResponse { FileDescriptorProto = { AgentReflection.Descriptor.SerializedData } };
                break;
            default:
                response.ErrorResponse = new ErrorResponse
                {
                    ErrorCode = (int)StatusCode.NotFound,
                    ErrorMessage = $"there is no {request.MessageRequestCase} here"
                };
                break;
        }

        byte[] message = response.ToByteArray();
        byte[] prefix = new byte[GrpcMessages.PrefixSize];
        GrpcMessages.WritePrefix(prefix, message.Length);
        stream.SendHeaders();
        stream.Write(prefix, message);
    }

    private static bool IsKnown(string symbol) =>
        symbol == Service || symbol.StartsWith(Service + ".", StringComparison.Ordinal)
        || AgentReflection.Descriptor.MessageTypes.Any(type => symbol == type.FullName
            || symbol.StartsWith(type.FullName + ".", StringComparison.Ordinal));
}
