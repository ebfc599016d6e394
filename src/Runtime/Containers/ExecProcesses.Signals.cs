using Islet.Starting;

namespace Islet.Containers;

// Signals to the processes, and their end by them.
internal sealed partial class ExecProcesses
{
    // The time to wait for the answer to a kill. After it the caller continues; the guest carries out the kill as soon as it can.
    private static readonly TimeSpan s_longestExecKill = TimeSpan.FromSeconds(2);

    public Task SignalAsync(string id, ContainerSignal signal, CancellationToken cancellationToken) =>
        calls.AskAgentAsync(status.Machine.Agent.SignalProcessAsync(id, signal.Number, cancellationToken));

    public Task ResizeTerminalAsync(string id, TerminalSize size, CancellationToken cancellationToken) =>
        calls.AskAgentAsync(status.Machine.Agent.ResizeTerminalAsync(id, size.Rows, size.Columns, cancellationToken));

    /// <summary>
    /// Kills a process, whether or not the guest has reported its start yet, and waits for the answer only for a moment. It is no error if
    /// the process has ended or never existed.
    /// </summary>
    public async Task KillAsync(string id, Task exited)
    {
        Task kill = TryKillAsync(id);
        await Task.WhenAny(kill, Task.Delay(s_longestExecKill)).ConfigureAwait(false);

        // The caller may read the process's files next, or count processes: it should find the process gone.
        if (kill.IsCompleted)
            await Task.WhenAny(exited, Task.Delay(s_longestExecKill)).ConfigureAwait(false);
    }

    private async Task TryKillAsync(string id)
    {
        while (!status.IsDisposing)
        {
            MachineConnection machine = status.Machine;
            try
            {
                await machine.Agent.KillProcessAsync(id, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (AgentException)
            {
                return; // it has ended, or never was
            }
            catch (IOException)
            {
                // The machine has ended, and the process with it; or another machine has replaced it, with the process in it.
                if (!machine.IsRetired || ReferenceEquals(machine, status.Machine))
                    return;
            }
        }
    }
}
