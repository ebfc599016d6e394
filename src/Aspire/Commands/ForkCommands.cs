using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Lifecycle;
using Islet.Aspire.Terminals;

namespace Islet.Aspire.Commands;

/// <summary>Commands that fork a container, and end the forks.</summary>
internal static class ForkCommands
{
    // Each fork is a machine with its own memory.
    private const int MostAtOnce = 16;

    public static void Add(MicroVmExecutor executor, ExecBridge bridge)
    {
        new CommandTarget(executor.Resource).Add(
            MicroVmCommands.Fork, "Fork", MicroVmCommandAnnotations.EnabledIf(MicroVmCommandAnnotations.IsUp),
            context => ForkAsync(executor, bridge, context),
            new CommandOptions
            {
                Description = "Start further containers in the present state, on ports of their own.",
                IconName = "BranchFork",
                IconVariant = IconVariant.Regular,
                Arguments =
                [
                    new InteractionInput
                    {
                        Name = MicroVmCommands.CountArgument, Label = "Count", InputType = InputType.Number, Value = "1",
                        Description = $"How many forks, at most {MostAtOnce} at once.",
                    },
                ],
                ValidateArguments = ValidateAsync,
                Progress = new CommandProgressOptions { Title = "Fork", Message = $"Forking '{executor.Resource.Name}' …" },
            });
    }

    // The commands of a fork itself.
    private static void Add(ForkExecutor executor, ExecBridge bridge)
    {
        var target = new CommandTarget(executor.Resource);
        string name = executor.Resource.Name;
        target.Add(KnownResourceCommands.StopCommand, "Stop", MicroVmCommandAnnotations.StopState, async context =>
        {
            await executor.StopAsync(context.CancellationToken).ConfigureAwait(false);
            return CommandResults.Success($"Successfully stopped '{name}'.");
        }, new CommandOptions { Description = "Stop resource", IconName = "Stop", IconVariant = IconVariant.Filled, IsHighlighted = true });
        ShellCommand.Add(executor.Resource, bridge, () => executor.Container);
        target.Add(MicroVmCommands.Remove, "Remove", static _ => ResourceCommandState.Enabled, async _ =>
        {
            await executor.RemoveAsync().ConfigureAwait(false);
            return CommandResults.Success($"'{name}' was removed.");
        }, new CommandOptions
        {
            Description = "End the fork, if it runs, and take it off the list.",
            IconName = "Delete",
            IconVariant = IconVariant.Regular,
        });
    }

    private static async Task<ExecuteCommandResult> ForkAsync(MicroVmExecutor executor, ExecBridge bridge, ExecuteCommandContext context)
    {
        IReadOnlyList<Fork> forks = await executor.ForkAsync(
            CountOf(context.Arguments) ?? 1, fork => Add(fork, bridge), context.CancellationToken).ConfigureAwait(false);
        return CommandResult.Of(
            $"'{executor.Resource.Name}' was forked as {string.Join(", ", forks.Select(fork => $"'{fork.Name}'"))}.", forks);
    }

    private static Task ValidateAsync(InputsDialogValidationContext context)
    {
        if (context.Inputs.TryGetByName(MicroVmCommands.CountArgument, out InteractionInput? input) && !string.IsNullOrEmpty(input.Value)
            && CountOf(context.Inputs) is not (> 0 and <= MostAtOnce))
        {
            context.AddValidationError(input, $"The count is a whole number from 1 to {MostAtOnce}.");
        }

        return Task.CompletedTask;
    }

    private static int? CountOf(InteractionInputCollection inputs) =>
        inputs.TryGetByName(MicroVmCommands.CountArgument, out InteractionInput? input)
        && int.TryParse(input.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : null;
}
