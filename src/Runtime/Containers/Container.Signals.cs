using Islet.Starting;

namespace Islet;

// Signals to processes that run next to the container's own.
public sealed partial class Container
{
    // So long a kill may take before one goes on without the answer. It is carried out whenever the guest comes to it.
    private static readonly TimeSpan s_longestExecKill = TimeSpan.FromSeconds(2);

    internal Task SignalProcessAsync(string id, ContainerSignal signal, CancellationToken cancellationToken) =>
        AskAgentAsync(Agent.SignalProcessAsync(id, signal.Number, cancellationToken));

    internal Task ResizeTerminalAsync(string id, TerminalSize size, CancellationToken cancellationToken) =>
        AskAgentAsync(Agent.ResizeTerminalAsync(id, size.Rows, size.Columns, cancellationToken));

    /// <summary>
    /// Kills a process, whether or not the guest has told of its start yet, and does not wait longer than a moment for the answer. One that
    /// has ended, or never was, is no error.
    /// </summary>
    internal async Task KillProcessAsync(string id, Task exited)
    {
        Task kill = TryKillAsync(id);
        await Task.WhenAny(kill, Task.Delay(s_longestExecKill)).ConfigureAwait(false);

        // What reads its files next, or counts processes, should find it gone.
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
                // The machine has ended, and the process with it; or another goes on in its place, with the process in it.
                if (!live.IsRetired || ReferenceEquals(live, _live))
                    return;
            }
        }
    }
}
