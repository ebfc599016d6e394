using Npgsql;

namespace Islet.Aspire.Tests;

/// <summary>Named volumes, in consecutive runs of an application. Each test has its own directory for them.</summary>
public sealed class VolumeTests : IDisposable
{
    private readonly DirectoryInfo _volumes = Directory.CreateTempSubdirectory("islet-volumes-");

    public void Dispose() => _volumes.Delete(recursive: true);

    [Fact]
    public async Task A_servers_data_volume_outlives_the_application()
    {
        Assert.Equal("0", await RunPostgresAsync("CREATE TABLE kept (id int); SELECT count(*) FROM kept"));
        Assert.Equal("1", await RunPostgresAsync("INSERT INTO kept VALUES (1); SELECT count(*) FROM kept"));
        Assert.Equal("1", await RunPostgresAsync("SELECT count(*) FROM kept"));
    }

    [Fact]
    public async Task A_volume_keeps_links_modes_and_owners_and_the_log_says_what_is_kept()
    {
        const string Write =
            "cd /data && echo text > file && ln -s file link && ln file name && chown -R 7:8 . && chmod 750 . && chmod 640 file";
        const string Read = "cd /data && stat -c '%n %F %a %u:%g' . file link && stat -c 'links %h' file && cat link";
        IReadOnlyList<string> first = await RunBoxAsync($"{Write} && {Read}", "/data"), second = await RunBoxAsync(Read, "/data");
        Assert.Contains(first, line => line.Contains("The volume box-data at /data is new", StringComparison.Ordinal));
        Assert.Contains(second, line => line.Contains("The volume box-data at /data has what was kept", StringComparison.Ordinal));
        foreach (string line in (string[])[". directory 750 7:8", "file regular file 640 7:8", "link symbolic link 777 7:8",
            "links 2", "text"])
        {
            Assert.Contains(line, first);
            Assert.Contains(line, second);
        }
    }

    [Fact]
    public async Task A_volume_that_is_mounted_elsewhere_is_there()
    {
        await RunBoxAsync("echo moved > /one/file", "/one");
        Assert.Contains("moved", await RunBoxAsync("cat /another/place/file", "/another/place"));
    }

    [Fact]
    public async Task A_volume_is_one_containers_at_a_time_and_any_numbers_to_read()
    {
        await RunBoxAsync("echo shared > /data/file", "/data");
        IDistributedApplicationBuilder builder = CreateBuilder();
        IResourceBuilder<ContainerResource> owner = TestApplication.AddSleeper(builder, "owner").WithVolume("box-data", "/data");
        TestApplication.AddSleeper(builder, "second").WithVolume("box-data", "/data").WaitForStart(owner);
        builder.AddContainer("reader", "debian").WithEntrypoint("/bin/sh")
            .WithArgs("-c", "cat /data/file").WithVolume("box-data", "/data", isReadOnly: true).WaitForStart(owner);
        await using TestApplication app = await TestApplication.StartAsync(builder);
        await app.WaitForStateAsync("owner", KnownResourceStates.Running);
        await app.WaitForStateAsync("second", KnownResourceStates.FailedToStart);
        Assert.Contains(await app.LogAsync("second"), line => line.Contains("can't have one volume at a time", StringComparison.Ordinal));
        await app.WaitForStateAsync("reader", KnownResourceStates.Exited);
        Assert.Contains(await app.LogAsync("reader"), line => line.EndsWith(" shared", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_persistent_container_whose_description_has_changed_still_has_its_volume()
    {
        Assert.Equal("1", await RunPostgresAsync(
            "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1); SELECT count(*) FROM kept",
            pg => pg.WithLifetime(ContainerLifetime.Persistent)));
        Assert.Equal("1", await RunPostgresAsync(
            "SELECT count(*) FROM kept", pg => pg.WithLifetime(ContainerLifetime.Persistent).WithEnvironment("OTHER", "1")));
    }

    private async Task<string?> RunPostgresAsync(string sql, Action<IResourceBuilder<PostgresServerResource>>? change = null)
    {
        IDistributedApplicationBuilder builder = CreateBuilder();
        IResourceBuilder<PostgresServerResource> postgres = builder.AddPostgres(
            "pg", password: builder.AddParameter("password", "not-a-secret", secret: true))
            .WithImageTag("15").WithDataVolume("pg-data"); // where the data is depends on the version
        change?.Invoke(postgres);
        await using TestApplication app = await TestApplication.StartAsync(builder);
        await app.WaitUntilHealthyAsync("pg");
        await using var connection = new NpgsqlConnection(await app.ConnectionStringAsync("pg") + ";Pooling=false");
        await connection.OpenAsync(TestApplication.Cancellation);
        string? last = null;
        foreach (string statement in sql.Split(';'))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            last = (await command.ExecuteScalarAsync(TestApplication.Cancellation))?.ToString();
        }

        return last;
    }

    private async Task<IReadOnlyList<string>> RunBoxAsync(string script, string target)
    {
        IDistributedApplicationBuilder builder = CreateBuilder();
        builder.AddContainer("box", "debian").WithEntrypoint("/bin/sh").WithArgs("-c", script).WithVolume("box-data", target)
            .WithContainerFiles(target, [new ContainerDirectory { Name = "made", Entries = [] }]);
        await using TestApplication app = await TestApplication.StartAsync(builder);
        CustomResourceSnapshot ended = await app.WaitForStateAsync("box", KnownResourceStates.Exited);
        IReadOnlyList<string> log = await app.LogAsync("box");
        Assert.True(ended.ExitCode == 0, string.Join('\n', log));
        return [.. log.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
    }

    private IDistributedApplicationBuilder CreateBuilder()
    {
        IDistributedApplicationBuilder builder = TestApplication.CreateBuilder();
        builder.Configuration["Islet:VolumeDirectory"] = _volumes.FullName;
        return builder;
    }
}
