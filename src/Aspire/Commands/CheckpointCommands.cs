using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Lifecycle;

namespace Islet.Aspire.Commands;

/// <summary>Commands that take checkpoints of a container by name, and roll it back to one of them.</summary>
internal static class CheckpointCommands
{
    private const string DefaultName = "checkpoint";

    public static void Add(MicroVmExecutor executor)
    {
        var target = new CommandTarget(executor.Resource);
        target.Add(
            MicroVmCommands.Checkpoint, "Take a checkpoint", MicroVmCommandAnnotations.EnabledIf(MicroVmCommandAnnotations.IsUp),
            context => TakeAsync(executor, context),
            new CommandOptions
            {
                Description = "Save memory and disk together. The container continues, and can be rolled back to this moment.",
                IconName = "Camera",
                IconVariant = IconVariant.Regular,
                Arguments =
                [
                    new InteractionInput
                    {
                        Name = MicroVmCommands.NameArgument, Label = "Name", InputType = InputType.Text, Value = DefaultName,
                        MaxLength = 64,
                        Description = "A checkpoint that has the name already is replaced.",
                    },
                ],
                Progress = new CommandProgressOptions { Title = "Take a checkpoint", Message = $"Saving '{executor.Resource.Name}' …" },
            });
        target.Add(
            MicroVmCommands.RollBack, "Roll back",
            state => MicroVmCommandAnnotations.EnabledIf(up => MicroVmCommandAnnotations.IsUp(up) && executor.Checkpoints.Count > 0)(state),
            context => RollBackAsync(executor, context),
            new CommandOptions
            {
                Description = "Put memory and disk back to a checkpoint, at the same ports.",
                IconName = "History",
                IconVariant = IconVariant.Regular,
                ConfirmationMessage = $"All that '{executor.Resource.Name}' has done since the checkpoint will be lost. Roll back?",
                Arguments =
                [
                    new InteractionInput
                    {
                        Name = MicroVmCommands.CheckpointArgument, Label = "Checkpoint", InputType = InputType.Choice,
                        DynamicLoading = new InputLoadOptions
                        {
                            AlwaysLoadOnStart = true,
                            LoadCallback = context => Offer(executor, context),
                        },
                    },
                ],
                Progress = new CommandProgressOptions { Title = "Roll back", Message = $"Rolling '{executor.Resource.Name}' back …" },
            });
    }

    private static async Task<ExecuteCommandResult> TakeAsync(MicroVmExecutor executor, ExecuteCommandContext context)
    {
        string name = Argument(context, MicroVmCommands.NameArgument) ?? DefaultName;
        Checkpoint checkpoint = await executor.CheckpointAsync(name, context.CancellationToken).ConfigureAwait(false);
        return CommandResult.Of(
            $"The checkpoint '{name}' of '{executor.Resource.Name}' was taken.",
            new
            {
                name,
                created = checkpoint.Created,
                bytesOnDisk = checkpoint.SizeOnDisk.Bytes,
                milliseconds = Milliseconds(checkpoint.Timeline!),
            });
    }

    private static async Task<ExecuteCommandResult> RollBackAsync(MicroVmExecutor executor, ExecuteCommandContext context)
    {
        RolledBack done = await executor.RollBackAsync(
            Argument(context, MicroVmCommands.CheckpointArgument), context.CancellationToken).ConfigureAwait(false);
        return CommandResult.Of(
            $"'{executor.Resource.Name}' is what it was at the checkpoint '{done.Name}'.",
            new { name = done.Name, created = done.Taken, milliseconds = Milliseconds(done.Timeline) });
    }

    // The newest comes first and is preselected.
    private static Task Offer(MicroVmExecutor executor, LoadInputContext context)
    {
        KeyValuePair<string, Checkpoint>[] newestFirst = [.. executor.Checkpoints.All.Reverse()];
        context.Input.Options =
        [
            .. newestFirst.Select(kept => KeyValuePair.Create(kept.Key, KeptCheckpoints.Describe(kept.Key, kept.Value))),
        ];
        if (string.IsNullOrEmpty(context.Input.Value) && newestFirst.Length > 0)
            context.Input.Value = newestFirst[0].Key;
        return Task.CompletedTask;
    }

    private static string? Argument(ExecuteCommandContext context, string name) =>
        context.Arguments.TryGetByName(name, out InteractionInput? input) && !string.IsNullOrWhiteSpace(input.Value)
            ? input.Value.Trim()
            : null;

    private static double Milliseconds(StartupTimeline timeline) =>
        Math.Round(timeline.Phases.Max(phase => phase.Start + (phase.Duration ?? TimeSpan.Zero)).TotalMilliseconds);
}
