using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Lives;

namespace Islet.Aspire;

/// <summary>The commands that can be given to a container in a micro-VM: those of any container, and what only this one can.</summary>
internal static class MicroVmCommandAnnotations
{
    public static void Add(MicroVmLife life)
    {
        ResourceAnnotationCollection annotations = life.Resource.Annotations;
        annotations.Add(Create(KnownResourceCommands.StartCommand, "Start", "Play", IsDown, token => ThrowAsync(life.StartAsync(token)), isHighlighted: true));
        annotations.Add(Create(KnownResourceCommands.StopCommand, "Stop", "Stop", IsUp, life.StopAsync, isHighlighted: true));
        annotations.Add(Create(KnownResourceCommands.RestartCommand, "Restart", "ArrowCounterclockwise", IsUp, token => ThrowAsync(life.RestartAsync(token))));
        annotations.Add(Create(MicroVmCommands.Checkpoint, "Take a checkpoint", "Camera", IsUp, life.CheckpointAsync));
        annotations.Add(Create(MicroVmCommands.RollBack, "Roll back to the checkpoint", "History", state => IsUp(state) && life.HasCheckpoint, life.RollBackAsync));
        annotations.Add(Create(MicroVmCommands.Fork, "Fork", "BranchFork", IsUp, life.ForkAsync));
    }

    /// <summary>A command that is hidden in other states than those it is for. What it throws is the reason it failed.</summary>
    public static ResourceCommandAnnotation Create(
        string name, string displayName, string icon, Func<string?, bool> isEnabled, Func<CancellationToken, Task> run, bool isHighlighted = false) => new(
            name, displayName,
            context => isEnabled(context.ResourceSnapshot.State?.Text) ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
            async context =>
            {
                try
                {
                    await run(context.CancellationToken).ConfigureAwait(false);
                    return CommandResults.Success();
                }
                catch (Exception exception) when (!context.CancellationToken.IsCancellationRequested)
                {
                    return CommandResults.Failure(exception.Message);
                }
            },
            null, null, null, icon, IconVariant.Regular, isHighlighted);

    private static bool IsUp(string? state) => state == KnownResourceStates.Running;

    private static bool IsDown(string? state) =>
        state == KnownResourceStates.NotStarted || state == KnownResourceStates.Waiting || KnownResourceStates.TerminalStates.Contains(state);

    private static async Task ThrowAsync(Task<Exception?> start)
    {
        if (await start.ConfigureAwait(false) is { } reason)
            throw new InvalidOperationException(reason.Message, reason);
    }
}
