using Npgsql;

namespace Islet.Aspire.Tests;

public sealed class ReferenceTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("islet-aspire-");
    private readonly IDistributedApplicationBuilder _builder = TestApplication.CreateBuilder();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_container_reaches_a_process_of_the_host_that_it_references()
    {
        IResourceBuilder<ExecutableResource> web = AddWeb("web", "hello from the host");
        AddFetcher("box", "wget -q -O - $services__web__http__0").WithReference(web.GetEndpoint("http"));
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.LogUntilAsync("box", line => line.EndsWith("hello from the host", StringComparison.Ordinal));
        Assert.StartsWith("http://host.docker.internal:", Variable(app, "box", "services__web__http__0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_reaches_a_port_of_the_host_that_its_author_has_written_down()
    {
        IResourceBuilder<ExecutableResource> web = AddWeb("web", "written down");
        AddFetcher("box", "wget -q -O - $WHERE")
            .WithEnvironment(
                context => context.EnvironmentVariables["WHERE"] = $"http://host.docker.internal:{web.GetEndpoint("http").Port}/")
            .WaitForStart(web);
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.LogUntilAsync("box", line => line.EndsWith("written down", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_containers_with_one_target_port_are_reached_by_their_names_and_aliases_at_that_port()
    {
        AddServer("one");
        AddServer("two").WithContainerNetworkAlias("second");
        AddFetcher(
            "box", "[ \"$(for name in one two second; do busybox nc -w 2 $name 7000 </dev/null; "
                + "done | tr '\\n' ,)\" = 'i am one,i am two,i am two,' ] && echo all answered");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.LogUntilAsync("box", line => line.EndsWith("all answered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_containers_connection_string_names_the_other_container_and_a_processes_names_the_host()
    {
        IResourceBuilder<PostgresServerResource> postgres = _builder.AddPostgres("pg").WithExplicitStart();
        IResourceBuilder<PostgresDatabaseResource> database = postgres.AddDatabase("shop");
        AddFetcher("box", "true").WithReference(database)
            .WithEnvironment("ADDRESS", postgres.Resource.PrimaryEndpoint.Property(EndpointProperty.HostAndPort))
            .WithArgs(postgres.GetEndpoint("tcp").Property(EndpointProperty.Port));
        _builder.AddExecutable("app", "/bin/sh", "/", "-c", "echo $ConnectionStrings__shop").WithReference(database);
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Exited);

        var inside = new NpgsqlConnectionStringBuilder(Variable(app, "box", "ConnectionStrings__shop"));
        Assert.Equal(("pg.dev.internal", 5432, "shop"), (inside.Host, inside.Port, inside.Database));
        Assert.Equal("pg.dev.internal", Variable(app, "box", "SHOP_HOST"));
        Assert.Equal("pg.dev.internal:5432", Variable(app, "box", "ADDRESS"));
        object? arguments = app.Snapshot("box").Properties.Single(property => property.Name == "container.args").Value;
        Assert.Equal("5432", Assert.IsAssignableFrom<IEnumerable<string>>(arguments).Last());

        await app.WaitForStateAsync("app", KnownResourceStates.Finished);
        var outside = new NpgsqlConnectionStringBuilder(await app.ConnectionStringAsync("shop"));
        Assert.Equal("localhost", outside.Host);
        Assert.NotEqual(5432, outside.Port);
        await app.LogUntilAsync("app", line => line.Contains($"Host=localhost;Port={outside.Port}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_fixed_port_is_the_one_on_the_host_and_another_is_free()
    {
        int chosen;
        using (var free = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0))
        {
            free.Start();
            chosen = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        }

        IResourceBuilder<ContainerResource> box = AddServer("box").WithEndpoint(port: chosen, targetPort: 7001, name: "fixed");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Running);
        Assert.Equal(chosen, box.GetEndpoint("fixed").Port);
        Assert.NotEqual(7000, box.GetEndpoint("tcp").Port);
        Assert.Contains($"127.0.0.1:{chosen} -> 7001", app.Property("box", "microvm.address"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_ports_are_randomized_a_fixed_one_is_too()
    {
        const int Chosen = 7002;
        _builder.Configuration["DcpPublisher:RandomizePorts"] = "true";
        IResourceBuilder<ContainerResource> box = AddServer("box")
            .WithEndpoint(port: Chosen, targetPort: 7001, name: "fixed").WithExplicitStart();
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForHistoryAsync("box ResourceEndpointsAllocatedEvent");
        Assert.NotEqual(Chosen, box.GetEndpoint("fixed").Port);
    }

    private IResourceBuilder<ExecutableResource> AddWeb(string name, string answer)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "index.html"), answer + "\n");
        return _builder.AddExecutable(name, "/bin/sh", _directory.FullName, "-c", "exec python3 -m http.server $PORT --bind 127.0.0.1")
            .WithHttpEndpoint(env: "PORT");
    }

    private IResourceBuilder<ContainerResource> AddServer(string name) => _builder.AddContainer(name, "debian")
        .WithEndpoint(targetPort: 7000, name: "tcp")
        .WithEntrypoint("/bin/sh").WithArgs("-c", $"while :; do echo i am {name} | busybox nc -l -p 7000 -w 5; done");

    // The fetcher asks until it gets an answer: no resource waits for another here.
    private IResourceBuilder<ContainerResource> AddFetcher(string name, string command) => _builder.AddContainer(name, "debian")
        .WithEntrypoint("/bin/sh").WithArgs("-c", $"wget() {{ busybox wget \"$@\"; }}; until {command}; do sleep 0.2; done");

    private static string? Variable(TestApplication app, string resource, string name) =>
        app.Snapshot(resource).EnvironmentVariables.FirstOrDefault(variable => variable.Name == name)?.Value;
}
