#pragma warning disable ASPIRETERMINAL001 // Aspire may still change it: only what is named here is relied on.
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Terminals;
using Microsoft.Extensions.DependencyInjection;

namespace Islet.Aspire.Commands;

/// <summary>Opens a shell in a container, in the dashboard's terminal.</summary>
internal static class ShellCommand
{
    public static void Add(IResource resource, ExecBridge bridge, Func<Container?> container) => new CommandTarget(resource).Add(
        MicroVmCommands.Shell, "Shell", MicroVmCommandAnnotations.EnabledIf(MicroVmCommandAnnotations.IsUp),
        context =>
        {
            Container running = container() ?? throw new InvalidOperationException($"'{resource.Name}' does not run. Start it first.");
            AspireTerminal terminal = context.Services.GetRequiredService<TerminalService>().CreateTerminal(new TerminalLaunchOptions
            {
                Title = $"sh ({resource.Name})",
                Executable = bridge.Program,
                Arguments = ["exec", "-it", running.Id, "/bin/sh"],
            });
            terminal.Start();
            terminal.Show();
            return Task.FromResult(CommandResults.Success());
        },
        new CommandOptions
        {
            Description = "Open a shell in the container, in the terminal dock.",
            IconName = "WindowConsole",
            IconVariant = IconVariant.Regular,
        });
}
