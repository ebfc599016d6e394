using System.Text;
using Grpc.Core;
using Islet.Protocol.Http2;

namespace Islet.Protocol.Grpc;

/// <summary>Serves the calls of one HTTP/2 connection (gRPC over HTTP/2, "Requests").</summary>
internal sealed class GrpcServer(IGrpcService service) : IHttp2Requests
{
    // ":status: 405" and ":status: 415", with the name of the static table's entry 8.
    private static readonly byte[] s_methodNotAllowed = [0x08, 3, (byte)'4', (byte)'0', (byte)'5'];
    private static readonly byte[] s_unsupportedMedia = [0x08, 3, (byte)'4', (byte)'1', (byte)'5'];

    public void Begin(Http2Stream stream, RequestHeaders headers)
    {
        if (!headers.IsPost || !headers.ContentType.StartsWith("application/grpc"u8))
        {
            stream.Finish(headers.IsPost ? s_unsupportedMedia : s_methodNotAllowed, stopsClient: true);
            return;
        }

        string method = Encoding.UTF8.GetString(headers.Path);
        stream.Handler = service.Open(method, stream) ?? new GrpcCall(service, method, stream);
        if (headers.Timeout.IsEmpty)
            return;
        if (GrpcTimeout.TryParse(headers.Timeout, out TimeSpan timeout))
            stream.Deadline = service.After(timeout, () => Expire(stream));
        else
            stream.Finish(StatusCode.InvalidArgument, "grpc-timeout is no time");
    }

    private static void Expire(Http2Stream stream)
    {
        if (stream.IsGone)
            return;
        IHttp2StreamHandler handler = stream.Handler;
        stream.Handler = IgnoringHandler.Instance;
        handler.Lost();
        stream.Finish(StatusCode.DeadlineExceeded, "the time that the caller gave is over");
    }
}
