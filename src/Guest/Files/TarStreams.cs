using Google.Protobuf;
using Grpc.Core;
using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Guest.Transport;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Files;

/// <summary>
/// Copies files into and out of the container. Each copy runs on a thread in the container's own tree, so that the agent's loop never waits
/// for a disk. A socket pair connects the thread to the host's stream.
/// </summary>
internal static class TarStreams
{
    public static void OpenRead(EventLoop loop, Container container, ReadTarStream request, HostStream stream)
    {
        string path = StandardMounts.Absolute(request.Path);
        Descriptor? files = container.OpenMountNamespace();
        (Descriptor near, Descriptor far) = Sockets.StreamPair();
        Descriptor? connected = null;
        ContainerThread.Run(files, Container.RootMountpoint, Read, Fail);

        void Read()
        {
            TarPacker writing = TarPacker.Open(path, request.ContentsOnly, request.FollowSymlink);

            // The stream is accepted only now, when the path is known to exist; from here on an error can only be a reset.
            connected = near;
            loop.Post(() => Connect(loop, near, stream));
            using var output = new BufferedStream(new DescriptorStream(far), 64 * 1024);
            writing.WriteTo(output);
        }

        void Fail(Exception error)
        {
            far.Dispose();
            (StatusCode code, string message) = Explain(error);
            loop.Post(() =>
            {
                if (connected is not null)
                {
                    if (!stream.IsLost)
                        KernelConsole.Log($"a copy out of the container broke off: {message}");
                    stream.Reset();
                    loop.RemoveAndClose(connected);
                    return;
                }

                near.Dispose();
                stream.Refuse(code, message);
            });
        }
    }

    public static void OpenWrite(EventLoop loop, Container container, WriteTarStream request, HostStream stream)
    {
        string path = StandardMounts.Absolute(request.Path);
        Descriptor? files = container.OpenMountNamespace();
        (Descriptor near, Descriptor far) = Sockets.StreamPair();
        Connect(loop, near, stream);
        ContainerThread.Run(files, Container.RootMountpoint, Write, Fail);

        void Write()
        {
            var reading = new TarUnpacker(path);
            var result = new WriteTarResult();
            try
            {
                using var input = new DescriptorStream(far.Duplicate());
                reading.ReadFrom(input);
            }
            catch (Exception exception)
            {
                (StatusCode code, string message) = Explain(exception);
                result.Code = (uint)code;
                result.Message = message;
            }

            result.Entries = reading.Entries;
            result.Bytes = reading.Bytes;
            Conclude(result);
        }

        void Fail(Exception error)
        {
            (StatusCode code, string message) = Explain(error);
            Conclude(new WriteTarResult { Code = (uint)code, Message = message });
        }

        void Conclude(WriteTarResult result)
        {
            using var output = new DescriptorStream(far);
            try
            {
                // Sent at once, so that a host that listens while it sends can stop; the stream of one that does not is read to its end.
                result.WriteDelimitedTo(output);
                Sockets.ShutdownWrites(far);
                Drain(far);
            }
            catch (LinuxException)
            {
                // The host has gone; the result has no reader.
            }
        }
    }

    private static void Connect(EventLoop loop, Descriptor near, HostStream stream)
    {
        // The host may have given up before the thread found that the path exists. Closing this end of the pair ends the thread.
        if (stream.IsLost)
        {
            near.Dispose();
            return;
        }

        near.SetNonBlocking();
        _ = new SocketTunnel(loop, near, stream);
        stream.Accept();
    }

    private static void Drain(Descriptor input)
    {
        var dropped = new byte[64 * 1024];
        while (input.Read(dropped) > 0)
        {
        }
    }

    private static (StatusCode Code, string Message) Explain(Exception error) => error switch
    {
        GrpcException told => (told.Code, told.Message),
        LinuxException linux => (ErrorCodes.Of(linux.Error), linux.Message),
        InvalidDataException or EndOfStreamException => (StatusCode.InvalidArgument, error.Message),
        OutOfMemoryException => (StatusCode.ResourceExhausted, "the agent has not the memory for this copy"),
        _ => (StatusCode.Internal, $"the copy failed in the agent: {error.GetType().Name}: {error.Message}"),
    };
}
