using System.Collections.Concurrent;
using Islet;
using Spectre.Console;

namespace Quickstart;

/// <summary>
/// Shows while both containers start which phase each of them is in. Without a terminal it prints a line as each phase ends.
/// </summary>
internal sealed class StartProgress(params string[] names)
{
    private readonly ConcurrentDictionary<string, StartupPhase> _current = new();

    public Action<StartupPhase> For(string name) => phase =>
    {
        _current[name] = phase;
        if (!AnsiConsole.Profile.Capabilities.Interactive && phase.Duration is { } duration)
            Console.WriteLine($"  {name,-9} {phase.Name,-8} {duration.TotalMilliseconds,8:0} ms");
    };

    public async Task ShowUntilAsync(Task started)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive)
        {
            await started;
            return;
        }

        await AnsiConsole.Status().StartAsync("starting", async context =>
        {
            while (!started.IsCompleted)
            {
                context.Status(string.Join("   ", names.Select(Describe)));
                await Task.WhenAny(started, Task.Delay(TimeSpan.FromMilliseconds(100)));
            }

            await started;
        });
    }

    private string Describe(string name) => !_current.TryGetValue(name, out StartupPhase phase) ? $"{name}: …"
        : phase is { Name: StartupPhases.Ready, Duration: not null } ? $"{name}: ready"
        : $"{name}: {phase.Name}";
}
