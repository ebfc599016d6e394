using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Tests;

public sealed class PublishTests
{
    [Fact]
    public async Task A_manifest_is_the_same_with_and_without_micro_vms()
    {
        string plain = await PublishAsync(_ => { }, resource => resource);
        string switched = await PublishAsync(
            builder => builder.UseMicroVms(), resource => resource.RunAsMicroVm(vm => vm.Image = "other").WithWarmStart());
        Assert.Equal(plain, switched);

        JsonElement box = JsonDocument.Parse(switched).RootElement.GetProperty("resources").GetProperty("box");
        Assert.Equal("container.v0", box.GetProperty("type").GetString());
        Assert.Equal("registry.example.com/team/app:7", box.GetProperty("image").GetString());
        Assert.Equal(80, box.GetProperty("bindings").GetProperty("http").GetProperty("targetPort").GetInt32());
    }

    private static async Task<string> PublishAsync(
        Action<IDistributedApplicationBuilder> useMicroVms,
        Func<IResourceBuilder<ContainerResource>, IResourceBuilder<ContainerResource>> change)
    {
        // The publisher treats any other path as a directory.
        string path = Path.Combine(Path.GetTempPath(), $"islet-manifest-{Guid.NewGuid():N}.json");
        try
        {
            IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(
                ["--operation", "publish", "--publisher", "manifest", "--output-path", path]);
            builder.Services.AddLogging(logging => logging.ClearProviders());
            useMicroVms(builder);
            change(builder.AddContainer("box", "registry.example.com/team/app", "7")
                .WithHttpEndpoint(targetPort: 80).WithEnvironment("A", "1"));
            await using DistributedApplication app = builder.Build();
            await app.RunAsync(TestApplication.Cancellation);
            return await File.ReadAllTextAsync(path, TestApplication.Cancellation);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
