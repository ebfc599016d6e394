using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Services;

internal sealed partial class AgentService
{
    private const uint LastSignal = 64;

    private void CreateProcess(CreateProcessRequest request, GrpcCall call)
    {
        if (request.Process is null)
            throw new GrpcException(StatusCode.InvalidArgument, "the request describes no process");

        _container.Create(request.Process, request.Start, (process, failure) =>
        {
            if (failure is null)
                call.Reply(new CreateProcessResponse { Pid = process.Pid });
            else
                call.Fail(failure.Code, failure.Message);
        });
    }

    private void StartProcess(StartProcessRequest request, GrpcCall call) => _container.Start(request.Id, failure =>
    {
        if (failure is null)
            call.Reply(new StartProcessResponse());
        else
            call.Fail(failure.Code, failure.Message);
    });

    private void SignalProcess(SignalProcessRequest request, GrpcCall call)
    {
        if (request.Signal is 0 or > LastSignal)
            throw new GrpcException(StatusCode.InvalidArgument, $"there is no signal {request.Signal}");
        _container.Signal(request.Id, (int)request.Signal, request.Forget);
        call.Reply(new SignalProcessResponse());
    }

    private void ResizeTerminal(ResizeTerminalRequest request, GrpcCall call)
    {
        if (_container.Find(request.Id).Terminal is not { IsClosed: false } terminal)
            throw new GrpcException(StatusCode.FailedPrecondition, $"process \"{request.Id}\" has no terminal");
        Terminals.Resize(terminal, request.Rows, request.Columns);
        call.Reply(new ResizeTerminalResponse());
    }
}
