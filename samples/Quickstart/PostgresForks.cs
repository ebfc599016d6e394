using System.Globalization;
using Islet;
using Spectre.Console;

namespace Quickstart;

/// <summary>Several containers are started from one checkpoint at once; none sees what the others write.</summary>
internal static class PostgresForks
{
    private const int Count = 5;

    public static async Task RunAsync(Checkpoint ready, string password, CancellationToken cancellationToken)
    {
        PostgresFork[] forks =
        [
            .. Enumerable.Range(1, Count).Select(number => new PostgresFork(ready, number, password, cancellationToken)),
        ];
        try
        {
            TimeSpan[] firstAnswers = await Task.WhenAll(forks.Select(fork => fork.FirstAnswer));

            // Read only when all have written: what one could see of the others would be there by now.
            await Task.WhenAll(forks.Select(fork => fork.InsertOwnIslandAsync()));
            string[] islands = await Task.WhenAll(forks.Select(fork => fork.ReadIslandsAsync()));
            await ShowAsync(forks, firstAnswers, islands);
            RequireApart(forks, islands);
        }
        finally
        {
            await Task.WhenAll(forks.Select(fork => fork.DisposeAsync().AsTask()));
        }
    }

    private static async Task ShowAsync(PostgresFork[] forks, TimeSpan[] firstAnswers, string[] islands)
    {
        Table table = new Table().Title($"{forks.Length} forks of the checkpoint, all at once")
            .AddColumn("hostname").AddColumn(new TableColumn("port").RightAligned())
            .AddColumn(new TableColumn("first SQL answer (ms)").RightAligned()).AddColumn("its islands, after each fork has added its own");
        foreach ((int index, PostgresFork fork) in forks.Index())
        {
            Container container = await fork.Started;
            table.AddRow(
                container.ContainerHostname, container.GetPort(5432).ToString(CultureInfo.InvariantCulture),
                firstAnswers[index].TotalMilliseconds.ToString("N0", CultureInfo.InvariantCulture), islands[index]);
        }

        AnsiConsole.Write(table);
    }

    private static void RequireApart(PostgresFork[] forks, string[] islands)
    {
        foreach ((int index, PostgresFork fork) in forks.Index())
        {
            if (islands[index] != $"Vaeroy, Rost, Traena, {fork.Island}")
                throw new InvalidDataException(
                    $"{fork.Island} sees other islands than those from before the checkpoint and its own: {islands[index]}");
        }
    }
}
