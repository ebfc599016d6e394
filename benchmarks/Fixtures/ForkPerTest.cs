using System.Diagnostics;
using Islet.Modules.PostgreSql;
using Npgsql;

namespace Islet.Benchmarks;

/// <summary>
/// Measures 20 tests that each find a schema and 1000 rows. In one case each test has a fork of the fixture's Postgres. In the other all
/// use one Postgres whose table is truncated and filled again before each test. The fixture is started before either, since both need it.
/// </summary>
internal sealed class ForkPerTest(ContainerRuntime runtime)
{
    private const int Tests = 20;
    private const int Runs = 5;

    public async Task RunAsync(Report report)
    {
        await using var fixture = new ShopFixture(runtime);
        await fixture.StartAsync();
        await using PostgreSqlContainer shared = await fixture.ForkAsync();
        List<double> forks = [], reloads = [], difference = [];

        // In turn, so that a machine whose speed drifts affects both equally.
        for (int run = -1; run < Runs; run++)
        {
            double forked = await MeasureAsync(() => RunInForkAsync(fixture));
            double reloaded = await MeasureAsync(() => RunInSharedAsync(shared));
            if (run < 0)
                continue;
            forks.Add(forked);
            reloads.Add(reloaded);
            difference.Add((forked - reloaded) / Tests);
        }

        report.Add("fixture-fork-per-test", "ms", difference);
        report.Add($"fixture-fork-per-test.forks-x{Tests}", "ms", forks);
        report.Add($"fixture-fork-per-test.shared-x{Tests}", "ms", reloads);
        report.Add("fixture-fork-per-test.fork", "ms", [.. forks.Select(total => total / Tests)]);
        report.Add("fixture-fork-per-test.shared", "ms", [.. reloads.Select(total => total / Tests)]);
    }

    // One after another, like the tests of one class.
    private static async Task<double> MeasureAsync(Func<Task> test)
    {
        long begun = Stopwatch.GetTimestamp();
        for (int number = 0; number < Tests; number++)
            await test();
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static async Task RunInForkAsync(ShopFixture fixture)
    {
        await using PostgreSqlContainer postgres = await fixture.ForkAsync();
        await using NpgsqlConnection connection = await ConnectAsync(postgres);
        await TestAsync(connection);
    }

    private static async Task RunInSharedAsync(PostgreSqlContainer postgres)
    {
        await using NpgsqlConnection connection = await ConnectAsync(postgres);
        await ExecuteAsync(connection, "TRUNCATE articles;" + ShopFixture.Rows);
        await TestAsync(connection);
    }

    private static async Task TestAsync(NpgsqlConnection connection)
    {
        await ExecuteAsync(connection, "UPDATE articles SET stock = stock - 3 WHERE id = 1");
        await using var command = new NpgsqlCommand("SELECT sum(stock)::int FROM articles", connection);
        if (!Equals(await command.ExecuteScalarAsync(), 9997))
            throw new InvalidDataException("The test did not find the rows that it begins with.");
    }

    private static async Task<NpgsqlConnection> ConnectAsync(PostgreSqlContainer postgres)
    {
        var connection = new NpgsqlConnection(postgres.GetConnectionString() + ";Pooling=false;Timeout=60;Command Timeout=60");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
