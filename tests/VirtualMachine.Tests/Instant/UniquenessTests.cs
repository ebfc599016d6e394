using System.Globalization;
using Npgsql;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>The properties in which twenty forks of one container must differ.</summary>
public sealed class UniquenessTests
{
    private const int Forks = 20;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_forks_differ_in_random_bytes_and_identity_and_know_the_time()
    {
        // A process that draws random bytes all the time: even its first draw after the checkpoint must differ everywhere.
        const string Draw = "while :; do head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n'; echo; done";
        await using Container original = await TestRuntime.Idle.WithCommand("sh", "-c", Draw).WithCheckpoints()
            .WaitUntil(Wait.ForLogLine("[0-9a-f]{32}", 20)).StartTestAsync();
        await using Checkpoint checkpoint = await original.CheckpointAsync(Cancelled);
        int known = await CountAsync(checkpoint);

        List<string> identities = [], draws = [], fresh = [];
        for (int fork = 0; fork < Forks; fork++)
        {
            await using Container container = await checkpoint.ForkAsync(Cancelled);
            string[] answers = (await container.RunAsync(
                "hostname; cat /etc/machine-id; cat /sys/class/net/eth0/address; head -c 16 /dev/random | od -An -tx1 | tr -d ' \\n'; "
                + "echo; date +%s")).Split('\n');
            identities.AddRange(answers.Take(3));
            fresh.Add(answers[3]);
            Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(answers[4], CultureInfo.InvariantCulture), -1, 10);
            Assert.Equal(container.ContainerHostname, answers[0]);

            List<string> its = [];
            await foreach (LogLine line in container.ReadLogsAsync(new LogOptions { Follow = true }, Cancelled))
            {
                its.Add(line.Text);
                if (its.Count == known + 8)
                    break;
            }

            // The bytes in the pipe at the time of the checkpoint, a line or two, were drawn before it.
            draws.AddRange(its.Skip(known + 3));
        }

        Assert.Equal(Forks * 3, identities.Distinct().Count());
        Assert.Equal(Forks, fresh.Distinct().Count());
        Assert.Equal(draws.Count, draws.Distinct().Count());
    }

    [Fact]
    public async Task Forks_of_postgres_draw_different_uuids_and_share_no_rows()
    {
        await using Container postgres = await new ContainerBuilder(TestImages.Postgres)
            .WithEnvironment("POSTGRES_PASSWORD", "secret").WithPort(5432).WithCheckpoints()
            .WaitUntil(Wait.ForCommand("pg_isready", "-q", "-h", "127.0.0.1")).WithStartTimeout(TimeSpan.FromMinutes(4)).StartTestAsync();
        await RunSqlAsync(postgres, "CREATE TABLE visit (fork int, id uuid)");
        await using Checkpoint ready = await postgres.CheckpointAsync(Cancelled);

        await using Container first = await ready.ForkAsync(Cancelled);
        await using Container second = await ready.ForkAsync(Cancelled);
        Container[] all = [postgres, first, second];
        List<object?> uuids = [];
        for (int index = 0; index < all.Length; index++)
        {
            uuids.Add(await RunSqlAsync(all[index], $"INSERT INTO visit VALUES ({index}, gen_random_uuid()) RETURNING id"));
            Assert.Equal((long)1, await RunSqlAsync(all[index], "SELECT count(*) FROM visit"));
        }

        Assert.Equal(3, uuids.Distinct().Count());

        await postgres.RollBackAsync(ready, Cancelled);
        Assert.Equal((long)0, await RunSqlAsync(postgres, "SELECT count(*) FROM visit"));
        var now = (DateTime)(await RunSqlAsync(postgres, "SELECT now() AT TIME ZONE 'utc'"))!;
        Assert.InRange(DateTime.UtcNow - DateTime.SpecifyKind(now, DateTimeKind.Utc), TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(10));
    }

    private static async Task<int> CountAsync(Checkpoint checkpoint)
    {
        await using Container probe = await checkpoint.ForkAsync(Cancelled);
        await probe.PauseAsync(Cancelled);
        int lines = 0;
        await foreach (LogLine line in probe.ReadLogsAsync(new LogOptions { Until = checkpoint.Created }, Cancelled))
            lines++;
        return lines;
    }

    private static async Task<object?> RunSqlAsync(Container postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(string.Create(CultureInfo.InvariantCulture,
            $"Host={postgres.Host};Port={postgres.GetPort(5432)};Username=postgres;Password=secret;Pooling=false;Timeout=60;"
            + $"Command Timeout=60"));
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancelled);
    }
}
