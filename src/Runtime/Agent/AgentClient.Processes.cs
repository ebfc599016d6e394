using Islet.Protocol;
using Islet.Protocol.Agent;

namespace Islet.Agent;

internal sealed partial class AgentClient
{
    /// <summary>Creates a process in the container and starts it.</summary>
    public Task<CreateProcessResponse> CreateProcessAsync(ProcessSpec process, CancellationToken cancellationToken) => CallAsync(
        AgentMethods.CreateProcess, new CreateProcessRequest { Process = process, Start = true }, CreateProcessResponse.Parser, cancellationToken);

    /// <summary>Starts a process that was created without being started.</summary>
    public Task StartProcessAsync(string id, CancellationToken cancellationToken) => CallAsync(
        AgentMethods.StartProcess, new StartProcessRequest { Id = id }, StartProcessResponse.Parser, cancellationToken);

    public Task SignalProcessAsync(string id, int signal, CancellationToken cancellationToken) => CallAsync(
        AgentMethods.SignalProcess, new SignalProcessRequest { Id = id, Signal = (uint)signal }, SignalProcessResponse.Parser, cancellationToken);

    /// <summary>Kills a process whose result is no longer needed.</summary>
    public Task KillProcessAsync(string id, CancellationToken cancellationToken) => CallAsync(
        AgentMethods.SignalProcess, new SignalProcessRequest { Id = id, Signal = 9, Forget = true }, SignalProcessResponse.Parser, cancellationToken);

    public Task ResizeTerminalAsync(string id, int rows, int columns, CancellationToken cancellationToken) => CallAsync(
        AgentMethods.ResizeTerminal,
        new ResizeTerminalRequest { Id = id, Rows = (uint)rows, Columns = (uint)columns },
        ResizeTerminalResponse.Parser, cancellationToken);

    /// <summary>Completes when the process has ended and its output has been read.</summary>
    public Task<Protocol.Agent.ProcessExit> WaitProcessAsync(string id, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.WaitProcess, new WaitProcessRequest { Id = id }, Protocol.Agent.ProcessExit.Parser, cancellationToken);

    public Task<GuestStream> OpenStdioAsync(string id, StdioStream.Types.Channel channel, CancellationToken cancellationToken) =>
        OpenStreamAsync(new OpenStreamRequest { Stdio = new StdioStream { ProcessId = id, Channel = channel } }, cancellationToken);
}
