namespace Islet.Aspire.Tests;

/// <summary>The effects of a resource's annotations, seen from inside the container.</summary>
public sealed class DescriptionTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("islet-aspire-");
    private readonly IDistributedApplicationBuilder _builder = TestApplication.CreateBuilder();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Entrypoint_arguments_and_variables_are_the_resources()
    {
        _builder.AddMicroVmContainer("box", "debian", "12")
            .WithEntrypoint("/bin/sh").WithArgs("-c", "echo \"$0 $1 $COLOUR\"", "zero", "one").WithEnvironment("COLOUR", "blue");
        Assert.Contains("zero one blue", await RunAsync());
    }

    [Fact]
    public async Task A_bind_mount_is_copied_in_and_the_log_says_so()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "greeting.txt"), "hello");
        Box("cat /data/greeting.txt; echo").WithBindMount(_directory.FullName, "/data", isReadOnly: true);
        IReadOnlyList<string> log = await RunAsync();
        Assert.Contains("hello", log);
        Assert.Contains(
            log, line => line.Contains($"The bind mount of {_directory.FullName} at /data is a copy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bind_mount_of_what_is_not_there_is_a_failure_that_names_it()
    {
        Box("true").WithBindMount("/no/such/directory", "/data");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.FailedToStart);
        Assert.Contains(await app.LogAsync("box"), line => line.Contains("/no/such/directory", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_volume_without_a_name_begins_with_what_the_image_has_there_and_the_log_says_where_it_is()
    {
        Box("test -e /etc/debian_version && echo there").WithVolume("/etc");
        IReadOnlyList<string> log = await RunAsync();
        Assert.Contains("there", log);
        Assert.Contains(log, line => line.Contains("The volume at /etc has no name", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Container_files_have_their_content_mode_and_owner()
    {
        string source = Path.Combine(_directory.FullName, "source");
        File.WriteAllText(source, "copied");
        Box("cd /conf && cat a sub/b; stat -c '%n %a %u:%g' a sub sub/b").WithContainerFiles(
            "/conf",
            [
                new ContainerFile { Name = "a", Contents = "written\n" },
                new ContainerDirectory
                {
                    Name = "sub",
                    Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                    Entries = [new ContainerFile { Name = "b", SourcePath = source, Owner = 7, Group = 8 }],
                },
                new ContainerFile { Name = "c", SourcePath = "/no/such/file", ContinueOnError = true },
            ],
            defaultOwner: 5, defaultGroup: 6, umask: UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        IReadOnlyList<string> log = await RunAsync();
        Assert.Contains("written", log);
        Assert.Contains("copieda 660 5:6", log);
        Assert.Contains("sub 700 5:6", log);
        Assert.Contains("sub/b 660 7:8", log);
        Assert.Contains(log, line => line.Contains("/no/such/file on the host does not exist and is left out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Templates_of_the_orchestrator_are_filled_in()
    {
        Box("echo $TEMPLATE; echo $OTEL_SERVICE_NAME").WithEndpoint(targetPort: 8080, name: "web")
            .WithEnvironment("TEMPLATE", """listen={{- portForServing "web" -}};other={{- portForServing "none" -}}""")
            .WithEnvironment("OTEL_SERVICE_NAME", """{{- index .Annotations "otel-service-name" -}}""");
        IReadOnlyList<string> log = await RunAsync();
        Assert.Contains("""listen=8080;other={{- portForServing "none" -}}""", log);
        Assert.Contains("box", log);
    }

    [Fact]
    public async Task An_address_of_the_host_is_one_inside_too()
    {
        using var collector = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        collector.Start();
        Task<System.Net.Sockets.Socket> client = collector.AcceptSocketAsync(TestApplication.Cancellation).AsTask();
        int port = ((System.Net.IPEndPoint)collector.LocalEndpoint).Port;
        Box($"echo $OTEL_EXPORTER_OTLP_ENDPOINT; busybox nc host.docker.internal {port} </dev/null")
            .WithEnvironment(
                context => context.EnvironmentVariables["OTEL_EXPORTER_OTLP_ENDPOINT"] = new HostUrl($"http://localhost:{port}"));
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        (await client).Dispose();
        await app.LogUntilAsync("box", line => line.EndsWith($"http://host.docker.internal:{port}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_options_say_what_the_machine_is_like()
    {
        Box("grep -c ^processor /proc/cpuinfo; cat /marker").RunAsMicroVm(vm =>
        {
            vm.Memory = MemorySize.FromMebibytes(200);
            vm.Cpus = 2;
            vm.Configure = builder => builder.WithFile("/marker", "configured\n");
        });
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Exited);
        IReadOnlyList<string> log = Lines(await app.LogAsync("box"));
        Assert.Contains("2", log);
        Assert.Contains("configured", log);
        Assert.Equal("200 MiB", app.Property("box", "microvm.memory"));
    }

    [Fact]
    public async Task Arguments_for_an_engine_are_named_in_the_log()
    {
        Box("true").WithContainerRuntimeArgs("--cap-add", "SYS_PTRACE");
        Assert.Contains(
            await RunAsync(), line => line.Contains("have no effect in a micro-VM: --cap-add SYS_PTRACE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_that_is_never_to_be_pulled_is_not()
    {
        Box("true").WithImagePullPolicy(ImagePullPolicy.Never).RunAsMicroVm(vm => vm.Image = "localhost:1/none:latest");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.FailedToStart);
        string log = string.Join('\n', await app.LogAsync("box"));
        Assert.Contains("localhost:1/none:latest", log, StringComparison.Ordinal);
        Assert.DoesNotContain("refused", log, StringComparison.OrdinalIgnoreCase);
    }

    private IResourceBuilder<ContainerResource> Box(string script) =>
        _builder.AddContainer("box", "debian").WithEntrypoint("/bin/sh").WithArgs("-c", script);

    private async Task<IReadOnlyList<string>> RunAsync()
    {
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitForStateAsync("box", KnownResourceStates.Exited);
        return Lines(await app.LogAsync("box"));
    }

    // Removes the time at the beginning of each line.
    private static IReadOnlyList<string> Lines(IReadOnlyList<string> log) =>
        [.. log.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
}
