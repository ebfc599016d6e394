using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Islet.Protocol.Agent;
using Islet.Protocol.Reflection;
using Islet.Testing.Peers;

namespace Islet.VirtualMachine.Tests.Agent;

/// <summary>The socket on which tools look at the agent of a running container.</summary>
public sealed class AgentSocketTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("islet-socket-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder.FullName, "agent");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Tools_call_the_agent_and_read_its_contract_and_only_their_user_may()
    {
        TestRuntime.RequireMachines();
        await using (Container container = await TestRuntime.Idle.WithAgentSocket(SocketPath).StartAsync(TestRuntime.Instance, Cancelled))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
            using GrpcChannel channel = Connect();
            var agent = new Protocol.Agent.Agent.AgentClient(channel);
            Assert.NotEmpty((await agent.GetInfoAsync(new GetInfoRequest(), cancellationToken: Cancelled)).KernelRelease);
            RpcException error = await Assert.ThrowsAsync<RpcException>(
                () => agent.WaitProcessAsync(new WaitProcessRequest { Id = "none" }, cancellationToken: Cancelled).ResponseAsync);
            Assert.Equal(StatusCode.NotFound, error.StatusCode);

            foreach (string version in (string[])["v1", "v1alpha"])
                Assert.Equal(AgentReflection.Descriptor.SerializedData, await DescribeAsync(channel, version));
        }

        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task Independent_tools_pass_bytes_through_it_while_the_container_runs()
    {
        TestRuntime.RequireMachines();
        Assert.SkipWhen(PythonPeerProgram.WhyUnavailable is not null, PythonPeerProgram.WhyUnavailable ?? "");
        await using Container container = await TestRuntime.Idle.WithAgentSocket(SocketPath).StartAsync(TestRuntime.Instance, Cancelled);
        PeerRun run = await PythonPeerProgram.RunAsync(SocketPath, 0, 0, ["echo", "one", "two"], Cancelled);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal(["GetInfo", "NoSuchMethod", "CreateProcess", "stdout", "WaitProcess"], run.Steps);
        Assert.Equal("still here\n", (await container.ExecAsync(["echo", "still here"], cancellationToken: Cancelled)).Stdout);
    }

    [Fact]
    public async Task A_path_that_is_taken_is_refused()
    {
        TestRuntime.RequireMachines();
        await File.WriteAllTextAsync(SocketPath, "", Cancelled);
        IsletException error = await Assert.ThrowsAnyAsync<IsletException>(
            () => TestRuntime.Idle.WithAgentSocket(SocketPath).StartAsync(TestRuntime.Instance, Cancelled));
        Assert.Contains(SocketPath, error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(SocketPath));
    }

    [Fact]
    public async Task The_socket_of_a_process_that_was_killed_is_taken_over_and_one_in_use_is_not()
    {
        TestRuntime.RequireMachines();
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(SocketPath + ".moved"));
            killed.Listen();
            File.Move(SocketPath + ".moved", SocketPath);
        }

        await using Container container = await TestRuntime.Idle.WithAgentSocket(SocketPath).StartAsync(TestRuntime.Instance, Cancelled);
        IsletException error = await Assert.ThrowsAnyAsync<IsletException>(
            () => TestRuntime.Idle.WithAgentSocket(SocketPath).StartAsync(TestRuntime.Instance, Cancelled));
        Assert.Contains(SocketPath, error.Message, StringComparison.Ordinal);
        using GrpcChannel channel = Connect();
        var agent = new Protocol.Agent.Agent.AgentClient(channel);
        Assert.NotEmpty((await agent.GetInfoAsync(new GetInfoRequest(), cancellationToken: Cancelled)).KernelRelease);
    }

    private static async Task<Google.Protobuf.ByteString> DescribeAsync(GrpcChannel channel, string version)
    {
        var method = new Method<ServerReflectionRequest, ServerReflectionResponse>(
            MethodType.DuplexStreaming, $"grpc.reflection.{version}.ServerReflection", "ServerReflectionInfo",
            Marshallers.Create(message => Google.Protobuf.MessageExtensions.ToByteArray(message), ServerReflectionRequest.Parser.ParseFrom),
            Marshallers.Create(message => Google.Protobuf.MessageExtensions.ToByteArray(message),
                ServerReflectionResponse.Parser.ParseFrom));
        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call =
            channel.CreateCallInvoker().AsyncDuplexStreamingCall(method, null, new CallOptions(cancellationToken: Cancelled));

        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" }, Cancelled);
        Assert.True(await call.ResponseStream.MoveNext(Cancelled));
        string service = Assert.Single(call.ResponseStream.Current.ListServicesResponse.Service).Name;
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = "no.such.thing" }, Cancelled);
        Assert.True(await call.ResponseStream.MoveNext(Cancelled));
        Assert.Equal((int)StatusCode.NotFound, call.ResponseStream.Current.ErrorResponse.ErrorCode);
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = service + ".GetInfo" }, Cancelled);
        Assert.True(await call.ResponseStream.MoveNext(Cancelled));
        Google.Protobuf.ByteString file = Assert.Single(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto);
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Cancelled));
        return file;
    }

    private GrpcChannel Connect() => GrpcChannel.ForAddress("http://agent", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        },
    });
}
