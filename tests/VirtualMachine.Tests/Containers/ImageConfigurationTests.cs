using System.Text.Json.Nodes;
using Islet.Testing.Support;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>Parts of an image's configuration that take effect only in a container.</summary>
public sealed class ImageConfigurationTests : IDisposable
{
    private readonly OciLayoutFolder _layout = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _layout.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Volumes_are_there_and_writable_with_what_the_image_has_in_them(bool readOnlyRoot)
    {
        ContainerBuilder builder = Build("Volumes", new JsonObject { ["/data/deep"] = new JsonObject(), ["/etc"] = new JsonObject() });
        await using Container container = await (readOnlyRoot ? builder.WithReadOnlyRoot() : builder).StartTestAsync();

        ExecResult result = await container.ExecAsync(
            ["sh", "-c", "touch /data/deep/new /etc/new && test -s /etc/passwd && touch /new 2> /dev/null; echo $?"],
            cancellationToken: Cancelled);
        Assert.Equal(readOnlyRoot ? "1\n" : "0\n", result.Stdout);
    }

    [Fact]
    public async Task A_healthcheck_runs_in_the_images_own_shell()
    {
        ContainerBuilder builder = Build("Shell", new JsonArray("env", "HEALTH_BY=myshell", "/bin/sh", "-c"))
            .WaitUntil(Wait.ForHealthy());
        await using Container container = await builder.StartTestAsync();
        Assert.Equal(ContainerState.Running, container.State);
    }

    /// <summary>Builds the usual image with another member in its configuration, and a healthcheck.</summary>
    private ContainerBuilder Build(string member, JsonNode value)
    {
        TestRuntime.RequireMachines();
        OciImage debian = LayoutImage.Read(TestImages.Layout("debian"));
        JsonNode configuration = JsonNode.Parse(debian.Config.Content)!;
        JsonObject execution = configuration["config"]!.AsObject();
        execution[member] = value;
        execution["Healthcheck"] = new JsonObject { ["Test"] = new JsonArray("CMD-SHELL", "test \"$HEALTH_BY\" = myshell") };
        _layout.Add(OciImage.Create("amd64", OciBlob.FromJson(OciImageBuilder.ConfigType, configuration), debian.Layers), "latest");
        return TestRuntime.Idle.WithImage($"oci:{_layout.Path}:latest");
    }
}
