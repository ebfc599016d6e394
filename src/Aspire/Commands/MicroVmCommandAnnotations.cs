using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Lifecycle;
using Islet.Aspire.Terminals;

namespace Islet.Aspire.Commands;

/// <summary>
/// The commands of a container in a micro-VM: those that the orchestrator gives any container, and those for micro-VMs only.
/// </summary>
internal static class MicroVmCommandAnnotations
{
    public static void Add(MicroVmExecutor executor, ExecBridge bridge)
    {
        AddLifecycle(executor);
        ShellCommand.Add(executor.Resource, bridge, () => executor.Running);
        CheckpointCommands.Add(executor);
        ForkCommands.Add(executor, bridge);
    }

    private static void AddLifecycle(MicroVmExecutor executor)
    {
        var target = new CommandTarget(executor.Resource);
        string name = executor.Resource.Name;
        target.Add(KnownResourceCommands.StartCommand, "Start", StartState, async context =>
        {
            await ThrowAsync(executor.StartAsync(context.CancellationToken)).ConfigureAwait(false);
            return CommandResults.Success($"Successfully started '{name}'.");
        }, new CommandOptions
        {
            Description = "Start resource",
            IconName = "Play",
            IconVariant = IconVariant.Filled,
            IsHighlighted = true,
        });
        target.Add(KnownResourceCommands.StopCommand, "Stop", StopState, async context =>
        {
            await executor.StopAsync(context.CancellationToken).ConfigureAwait(false);
            return CommandResults.Success($"Successfully stopped '{name}'.");
        }, new CommandOptions { Description = "Stop resource", IconName = "Stop", IconVariant = IconVariant.Filled, IsHighlighted = true });
        target.Add(KnownResourceCommands.RestartCommand, "Restart", EnabledIf(IsUp), async context =>
        {
            await ThrowAsync(executor.RestartAsync(context.CancellationToken)).ConfigureAwait(false);
            return CommandResults.Success($"Successfully restarted '{name}'.");
        }, new CommandOptions { Description = "Restart resource", IconName = "ArrowCounterclockwise", IconVariant = IconVariant.Regular });
    }

    /// <summary>Enables a command in some states; in others it is visible but can't be chosen.</summary>
    public static Func<string?, ResourceCommandState> EnabledIf(Func<string?, bool> condition) =>
        state => condition(state) ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    public static bool IsUp(string? state) => state == KnownResourceStates.Running;

    // Start and stop replace each other.
    public static ResourceCommandState StopState(string? state) =>
        state == KnownResourceStates.Stopping ? ResourceCommandState.Disabled
        : IsUp(state) ? ResourceCommandState.Enabled
        : ResourceCommandState.Hidden;

    private static ResourceCommandState StartState(string? state) =>
        string.IsNullOrEmpty(state) || state == KnownResourceStates.Starting ? ResourceCommandState.Disabled
        : state == KnownResourceStates.NotStarted || state == KnownResourceStates.Waiting
            || KnownResourceStates.TerminalStates.Contains(state) ? ResourceCommandState.Enabled
        : ResourceCommandState.Hidden;

    private static async Task ThrowAsync(Task<Exception?> start)
    {
        if (await start.ConfigureAwait(false) is { } reason)
            throw new InvalidOperationException(reason.Message, reason);
    }
}
