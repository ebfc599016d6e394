using Islet.Starting;

namespace Islet;

// Signals to processes that run in addition to the container's own.
public sealed partial class Container
{
    // The time to wait for the answer to a kill. After it the caller continues; the guest carries out the kill as soon as it can.
    private static readonly TimeSpan s_longestExecKill = TimeSpan.FromSeconds(2);

    internal Task SignalProcessAsync(string id, ContainerSignal signal, CancellationToken cancellationToken) =>
        AskAgentAsync(Agent.SignalProcessAsync(id, signal.Number, cancellationToken));

    internal Task ResizeTerminalAsync(string id, TerminalSize size, CancellationToken cancellationToken) =>
        AskAgentAsync(Agent.ResizeTerminalAsync(id, size.Rows, size.Columns, cancellationToken));

    /// <summary>
    /// Kills a process, whether or not the guest has reported its start yet, and waits for the answer only for a moment. It is no error if
    /// the process has ended or never existed.
    /// </summary>
    internal async Task KillProcessAsync(string id, Task exited)
    {
        Task kill = TryKillAsync(id);
        await Task.WhenAny(kill, Task.Delay(s_longestExecKill)).ConfigureAwait(false);

        // The caller may read the process's files next, or count processes: it should find the process gone.
        if (kill.IsCompleted)
            await Task.WhenAny(exited, Task.Delay(s_longestExecKill)).ConfigureAwait(false);
    }

    private async Task TryKillAsync(string id)
    {
        while (!_isDisposing)
        {
            LiveMachine live = _live;
            try
            {
                await live.Agent.KillProcessAsync(id, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (AgentException)
            {
                return; // it has ended, or never was
            }
            catch (IOException)
            {
                // The machine has ended, and the process with it; or another machine has replaced it, with the process in it.
                if (!live.IsRetired || ReferenceEquals(live, _live))
                    return;
            }
        }
    }
}
