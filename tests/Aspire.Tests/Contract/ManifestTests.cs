using System.Text.Json;
using Aspire.Hosting;

namespace Islet.Aspire.Tests.Contract;

public sealed class ManifestTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task A_container_is_published_as_such()
    {
        IDistributedApplicationBuilder builder = ModelRun.CreateBuilder("--operation", "publish", "--publisher", "manifest", "--output-path", _path);
        builder.AddPostgres("pg").WithImageTag("17").AddDatabase("shop");
        builder.AddContainer("hidden", "busybox").ExcludeFromManifest();
        Assert.True(builder.ExecutionContext.IsPublishMode);

        await using (DistributedApplication app = builder.Build())
            await app.RunAsync(TestContext.Current.CancellationToken);

        using JsonDocument manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(_path, TestContext.Current.CancellationToken));
        JsonElement resources = manifest.RootElement.GetProperty("resources");
        JsonElement postgres = resources.GetProperty("pg");
        Assert.Equal("container.v0", postgres.GetProperty("type").GetString());
        Assert.Equal("docker.io/library/postgres:17", postgres.GetProperty("image").GetString());
        Assert.Equal(
            "Host={pg.bindings.tcp.host};Port={pg.bindings.tcp.port};Username=postgres;Password={pg-password.value}",
            postgres.GetProperty("connectionString").GetString());
        Assert.Equal("{pg-password.value}", postgres.GetProperty("env").GetProperty("POSTGRES_PASSWORD").GetString());
        Assert.Equal(5432, postgres.GetProperty("bindings").GetProperty("tcp").GetProperty("targetPort").GetInt32());
        Assert.Equal("{pg.connectionString};Database=shop", resources.GetProperty("shop").GetProperty("connectionString").GetString());
        Assert.False(resources.TryGetProperty("hidden", out _));
    }
}
