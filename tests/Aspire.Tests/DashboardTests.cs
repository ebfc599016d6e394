using System.Collections.Immutable;
using System.Text.Json;

namespace Islet.Aspire.Tests;

/// <summary>The snapshots that the dashboard shows: those of an ordinary container, and the commands that only a micro-VM has.</summary>
public sealed class DashboardTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.CreateBuilder();

    [Fact]
    public async Task The_properties_of_a_stock_container_have_its_names_order_and_highlight()
    {
        TestApplication.AddSleeper(_builder, "box").WithEndpoint(targetPort: 80, name: "tcp").WithEndpoint(targetPort: 90, name: "other");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        CustomResourceSnapshot snapshot = await app.WaitForStateAsync("box", KnownResourceStates.Running);

        ResourcePropertySnapshot[] highlighted =
        [
            .. snapshot.Properties.Where(property => property.IsHighlighted).OrderBy(property => property.SortOrder),
        ];
        Assert.Equal(
            [
                "Container image", "Container ID", "Container command", "Container arguments", "Container ports", "Container lifetime",
                "Memory", "CPUs", "Boot time",
            ],
            highlighted.Select(property => property.DisplayName));
        Assert.Equal(
            ["container.image", "container.id", "container.command", "container.args", "container.ports", "container.lifetime"],
            highlighted.Take(6).Select(property => property.Name));
        Assert.Equal("debian:latest", app.Property("box", "container.image"));
        Assert.Equal("debian:latest", app.Property("box", CustomResourceKnownProperties.Source));
        Assert.StartsWith("oci:/", app.Property("box", "microvm.image"), StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{32}$", app.Property("box", "container.id"));
        Assert.Equal("/bin/sh", app.Property("box", "container.command"));
        Assert.Equal([80, 90], ValueOf<ImmutableArray<int>>(snapshot, "container.ports"));
        Assert.Equal("Session", app.Property("box", "container.lifetime"));
    }

    [Fact]
    public async Task Arguments_are_shown_one_by_one_and_those_made_of_secrets_are_masked()
    {
        IResourceBuilder<ParameterResource> password = _builder.AddParameter("password", "s3cret", secret: true);
        _builder.AddContainer("box", "debian").WithEntrypoint("/bin/sleep").WithArgs("1000").WithArgs(context =>
            context.Args.Add(ReferenceExpression.Create($"0{password}"))).WithExplicitStart();
        await using TestApplication app = await TestApplication.StartAsync(_builder);

        // `sleep` does not accept such a number and ends at once, which does not matter here: its arguments are known.
        await app.CommandAsync("box", KnownResourceCommands.StartCommand);
        CustomResourceSnapshot snapshot = await app.WaitForStateAsync("box", KnownResourceStates.Exited);
        Assert.True(snapshot.Properties.Single(property => property.Name == "container.args").IsSensitive);
        Assert.Equal(["1000", "0s3cret"], ValueOf<ImmutableArray<string>>(snapshot, "resource.appArgs"));
        Assert.Equal([0, 1], ValueOf<ImmutableArray<int>>(snapshot, "resource.appArgsSensitivity"));
    }

    [Fact]
    public async Task Volumes_and_bind_mounts_are_listed()
    {
        TestApplication.AddSleeper(_builder, "box")
            .WithVolume("data", "/data").WithBindMount("/etc/hostname", "/host", isReadOnly: true).WithExplicitStart();
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        CustomResourceSnapshot snapshot = await app.WaitForStateAsync("box", KnownResourceStates.NotStarted);
        Assert.Equal(
            [new VolumeSnapshot("data", "/data", "volume", false), new VolumeSnapshot("/etc/hostname", "/host", "bind", true)],
            snapshot.Volumes);
    }

    [Fact]
    public async Task A_failed_start_is_an_error_for_the_eye_and_each_line_of_its_reason_is_marked()
    {
        _builder.AddPostgres("box").RunAsMicroVm(vm => vm.Image = "oci:/no/such/layout:latest").AddDatabase("shop");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        CustomResourceSnapshot failed = await app.WaitForStateAsync("box", KnownResourceStates.FailedToStart);
        Assert.Equal((KnownResourceStateStyles.Error, 125), (failed.State!.Style, failed.ExitCode));
        CustomResourceSnapshot part = await app.WaitForStateAsync("shop", KnownResourceStates.FailedToStart);
        Assert.Equal((KnownResourceStateStyles.Error, 125), (part.State!.Style, part.ExitCode));

        string[] lines = [.. (await app.LogAsync("box")).SelectMany(entry => entry.Split('\n'))];
        // Aspire's own lines say which certificates a container gets.
        string[] own = [.. lines.Where(line => !line.Contains("certificate", StringComparison.Ordinal))];
        Assert.NotEmpty(own);
        Assert.All(own, line => Assert.Contains("[sys] ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Own_lines_are_marked_and_those_of_the_container_are_not()
    {
        TestApplication.AddSleeper(_builder, "box");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        IReadOnlyList<string> log = await app.LogUntilAsync("box", line => line.EndsWith(" asleep", StringComparison.Ordinal));
        Assert.Contains(log, line => line.Contains(" [sys] The micro-VM runs: ", StringComparison.Ordinal));
        Assert.DoesNotContain(log, line => line.Contains("[sys] asleep", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Commands_have_descriptions_and_icons_and_are_disabled_instead_of_hidden()
    {
        TestApplication.AddSleeper(_builder, "box").WithExplicitStart();
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        CustomResourceSnapshot before = await app.WaitForStateAsync("box", KnownResourceStates.NotStarted);
        Assert.All(before.Commands, command => Assert.False(
            string.IsNullOrEmpty(command.DisplayDescription) || string.IsNullOrEmpty(command.IconName)));
        Assert.Equal(
            [
                (KnownResourceCommands.StartCommand, ResourceCommandState.Enabled),
                (KnownResourceCommands.StopCommand, ResourceCommandState.Hidden),
                (KnownResourceCommands.RestartCommand, ResourceCommandState.Disabled),
                (MicroVmCommands.Shell, ResourceCommandState.Disabled),
                (MicroVmCommands.Checkpoint, ResourceCommandState.Disabled), (MicroVmCommands.RollBack, ResourceCommandState.Disabled),
                (MicroVmCommands.Fork, ResourceCommandState.Disabled),
            ],
            before.Commands.Where(
                command => command.Name.StartsWith("microvm", StringComparison.Ordinal) || command.Name is "start" or "stop" or "restart")
                .Select(command => (command.Name, command.State)));
        Assert.Contains(
            "lost", before.Commands.Single(command => command.Name == MicroVmCommands.RollBack).ConfirmationMessage,
            StringComparison.Ordinal);

        Assert.Equal("Successfully started 'box'.", (await app.CommandAsync("box", KnownResourceCommands.StartCommand)).Message);
        Assert.Equal("Successfully stopped 'box'.", (await app.CommandAsync("box", KnownResourceCommands.StopCommand)).Message);
    }

    [Fact]
    public async Task Checkpoints_have_names_and_a_roll_back_takes_the_newest_or_the_one_that_is_named()
    {
        AddRedis();
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitUntilHealthyAsync("cache");
        await RedisClient.SetAsync(app, "cache", "first");
        ExecuteCommandResult taken = await app.CommandAsync("cache", MicroVmCommands.Checkpoint, MicroVmCommands.NameArgument, "one");
        Assert.True(taken.Success, taken.Message);
        using (JsonDocument data = JsonDocument.Parse(taken.Data!.Value))
            Assert.Equal("one", data.RootElement.GetProperty("name").GetString());
        await RedisClient.SetAsync(app, "cache", "second");
        Assert.True((await app.CommandAsync("cache", MicroVmCommands.Checkpoint, MicroVmCommands.NameArgument, "two")).Success);
        Assert.Matches(@"^one \(.*\), two \(.*\)$", app.Property("cache", "microvm.checkpoints"));
        await RedisClient.SetAsync(app, "cache", "third");
        string? id = app.Property("cache", "container.id"), machine = app.Property("cache", "microvm.process");

        Assert.False((await app.CommandAsync("cache", MicroVmCommands.RollBack, MicroVmCommands.CheckpointArgument, "three")).Success);
        Assert.Equal("third", await RedisClient.GetAsync(app, "cache"));
        Assert.True((await app.CommandAsync("cache", MicroVmCommands.RollBack)).Success);
        Assert.Equal("second", await RedisClient.GetAsync(app, "cache"));
        ExecuteCommandResult back = await app.CommandAsync("cache", MicroVmCommands.RollBack, MicroVmCommands.CheckpointArgument, "one");
        Assert.True(back.Success, back.Message);
        Assert.Equal(CommandResultFormat.Json, back.Data!.Format);
        Assert.Equal("first", await RedisClient.GetAsync(app, "cache"));
        Assert.Equal(id, app.Property("cache", "container.id"));
        Assert.NotEqual(machine, app.Property("cache", "microvm.process"));

        // The checkpoints belong to the container that ran, not to the next one.
        Assert.True((await app.CommandAsync("cache", KnownResourceCommands.StopCommand)).Success);
        Assert.Null(app.Property("cache", "microvm.checkpoints"));
    }

    [Fact]
    public async Task Forks_are_nested_under_their_parent_and_can_be_stopped_and_removed()
    {
        AddRedis().WithVolume("data", "/somewhere");
        await using TestApplication app = await TestApplication.StartAsync(_builder);
        await app.WaitUntilHealthyAsync("cache");
        Assert.False((await app.CommandAsync("cache", MicroVmCommands.Fork, MicroVmCommands.CountArgument, "17")).Success);
        ExecuteCommandResult forked = await app.CommandAsync("cache", MicroVmCommands.Fork, MicroVmCommands.CountArgument, "2");
        Assert.True(forked.Success, forked.Message);
        using (JsonDocument data = JsonDocument.Parse(forked.Data!.Value))
            Assert.Equal(
                ["cache-fork-1", "cache-fork-2"], data.RootElement.EnumerateArray().Select(fork => fork.GetProperty("name").GetString()));

        Assert.True(app.Notifications.TryGetCurrentState("cache", out ResourceEvent? parent));
        CustomResourceSnapshot second = await app.WaitForStateAsync("cache-fork-2", KnownResourceStates.Running);
        Assert.Equal(parent.ResourceId, app.Property("cache-fork-2", "resource.parentName"));
        Assert.Equal([new RelationshipSnapshot("cache", "Parent")], second.Relationships);
        Assert.Equal(parent.Snapshot.Volumes, second.Volumes);
        Assert.Equal(app.Property("cache", "container.image"), app.Property("cache-fork-2", "container.image"));
        Assert.NotEqual(app.Property("cache", "container.id"), app.Property("cache-fork-2", "container.id"));
        Assert.Equal(Assert.Single(parent.Snapshot.Urls).Name, Assert.Single(second.Urls).Name);
        Assert.NotEqual(Assert.Single(parent.Snapshot.Urls).Url, Assert.Single(second.Urls).Url);

        Assert.True((await app.CommandAsync("cache-fork-1", KnownResourceCommands.StopCommand)).Success);
        Assert.Equal("Exited", app.Snapshot("cache-fork-1").State?.Text);
        Assert.False(app.Snapshot("cache-fork-1").IsHidden);
        Assert.True((await app.CommandAsync("cache-fork-1", MicroVmCommands.Remove)).Success);
        Assert.True((await app.CommandAsync("cache-fork-2", MicroVmCommands.Remove)).Success);
        Assert.True(app.Snapshot("cache-fork-1").IsHidden);
        Assert.Equal((true, "Exited"), (app.Snapshot("cache-fork-2").IsHidden, app.Snapshot("cache-fork-2").State?.Text));
        Assert.Equal("Running", app.Snapshot("cache").State?.Text);
    }

    private IResourceBuilder<RedisResource> AddRedis() =>
        _builder.AddRedis("cache", password: _builder.AddParameter("password", RedisClient.Password, secret: true))
            .RunAsMicroVm(vm => vm.Memory = MemorySize.FromMebibytes(128));

    private static T ValueOf<T>(CustomResourceSnapshot snapshot, string property) =>
        Assert.IsType<T>(snapshot.Properties.Single(one => one.Name == property).Value);
}
