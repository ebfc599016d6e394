using Islet;
using Quickstart;
using Spectre.Console;

// Postgres and Redis side by side, each in a micro-VM of its own: real queries, what the machines say of themselves, and a
// timeline of both starts. Then a checkpoint of the ready Postgres is taken, forked five times, and rolled back.
Arguments arguments;
try
{
    arguments = Arguments.Parse(args);
}
catch (FormatException exception)
{
    Console.Error.WriteLine(exception.Message);
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}

if (Console.IsOutputRedirected)
{
    // A log has no colours and no width of its own.
    AnsiConsole.Profile.Capabilities.Ansi = false;
    AnsiConsole.Profile.Width = 140;
}

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // The first Ctrl-C lets `await using` clean up; a second one ends the program the hard way.
    pressed.Cancel = !interrupt.IsCancellationRequested;
    interrupt.Cancel();
};

try
{
    await Demonstration.RunAsync(arguments, interrupt.Token);
    return 0;
}
catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
{
    AnsiConsole.MarkupLine("[yellow]Interrupted; all machines are gone.[/]");
    return 130;
}
catch (IsletException exception)
{
    // Its message says what failed, why, what to do, and shows the evidence; a stack trace would only bury that.
    Console.Error.WriteLine(exception.Message);
    return 1;
}
