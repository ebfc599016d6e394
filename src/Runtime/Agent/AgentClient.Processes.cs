using Islet.Protocol.Agent;

namespace Islet.Agent;

internal sealed partial class AgentClient
{
    /// <summary>Creates a process in the container and starts it.</summary>
    public Task<CreateProcessResponse> CreateProcessAsync(ProcessSpec process, CancellationToken cancellationToken) => CallAsync(
        _rpc.CreateProcessAsync, new CreateProcessRequest { Process = process, Start = true }, cancellationToken);

    /// <summary>Starts a process that was created without being started.</summary>
    public Task StartProcessAsync(string id, CancellationToken cancellationToken) => CallAsync(
        _rpc.StartProcessAsync, new StartProcessRequest { Id = id }, cancellationToken);

    public Task SignalProcessAsync(string id, int signal, CancellationToken cancellationToken) => CallAsync(
        _rpc.SignalProcessAsync, new SignalProcessRequest { Id = id, Signal = (uint)signal }, cancellationToken);

    /// <summary>Kills a process whose result is no longer needed.</summary>
    public Task KillProcessAsync(string id, CancellationToken cancellationToken) => CallAsync(
        _rpc.SignalProcessAsync, new SignalProcessRequest { Id = id, Signal = 9, Forget = true }, cancellationToken);

    public Task ResizeTerminalAsync(string id, int rows, int columns, CancellationToken cancellationToken) => CallAsync(
        _rpc.ResizeTerminalAsync,
        new ResizeTerminalRequest { Id = id, Rows = (uint)rows, Columns = (uint)columns }, cancellationToken);

    /// <summary>Completes when the process has ended and its output has been read.</summary>
    public Task<Protocol.Agent.ProcessExit> WaitProcessAsync(string id, CancellationToken cancellationToken) =>
        CallAsync(_rpc.WaitProcessAsync, new WaitProcessRequest { Id = id }, cancellationToken);

    public Task<GuestStream> OpenStdioAsync(
        string id, StdioStream.Types.Channel channel, CancellationToken cancellationToken, TaskCompletionSource? sent = null) =>
        OpenStreamAsync(new OpenStreamRequest { Stdio = new StdioStream { ProcessId = id, Channel = channel } }, cancellationToken, sent);
}
