using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Islet.VirtualMachines.Qemu.Monitor;

namespace Islet.VirtualMachines.Qemu;

internal sealed partial class QemuVirtualMachine
{
    private static readonly TimeSpan s_longestQuit = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async ValueTask PauseAsync(CancellationToken cancellationToken = default) =>
        await CommandAsync("stop", cancellationToken: cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask ResumeAsync(CancellationToken cancellationToken = default) =>
        await CommandAsync("cont", cancellationToken: cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask WaitForPowerOffAsync(TimeSpan gracePeriod, CancellationToken cancellationToken = default)
    {
        _endRequested |= !_process.Ended.IsCompleted;
        if (await HasExitedWithinAsync(gracePeriod, cancellationToken).ConfigureAwait(false))
            return;

        await QuitAsync(cancellationToken).ConfigureAwait(false);
        if (await HasExitedWithinAsync(s_longestQuit, cancellationToken).ConfigureAwait(false))
            return;

        _process.Kill();
        await Exited.ConfigureAwait(false);
    }

    /// <summary>Returns QEMU's state of the machine: <c>running</c>, <c>paused</c>, <c>io-error</c>, <c>inmigrate</c> …</summary>
    internal async Task<string> QueryStatusAsync(CancellationToken cancellationToken = default)
    {
        JsonElement answer = await CommandAsync("query-status", cancellationToken: cancellationToken).ConfigureAwait(false);
        return answer.GetProperty("status").GetString() ?? "";
    }

    private Task<JsonElement> CommandAsync(string command, JsonObject? arguments = null, CancellationToken cancellationToken = default) =>
        CommandAsync(command, arguments, null, cancellationToken);

    private async Task<JsonElement> CommandAsync(
        string command, JsonObject? arguments, SafeHandle? descriptor, CancellationToken cancellationToken)
    {
        try
        {
            return await Monitor.ExecuteAsync(command, arguments, descriptor, cancellationToken).ConfigureAwait(false);
        }
        catch (QmpProtocolException exception) when (_process.Ended.IsCompleted)
        {
            throw await EndedAsync(exception).ConfigureAwait(false);
        }
    }

    private async Task<IsletException> EndedAsync(Exception? cause = null)
    {
        VirtualMachineExit exit = await Exited.ConfigureAwait(false);
        return _faulted.Task.IsCompleted
            ? await _faulted.Task.ConfigureAwait(false)
            : new VirtualMachineException($"The machine '{_name}' has ended. {exit.Description}", cause);
    }

    private async Task QuitAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(s_longestQuit);
            await Monitor.ExecuteAsync("quit", cancellationToken: deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is VirtualMachineException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The machine is already ending, or it hangs; the caller sees which.
        }
    }

    private async Task<bool> HasExitedWithinAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            await Exited.WaitAsync(time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
