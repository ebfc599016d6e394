using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Islet.Benchmarks.Aspire;

/// <summary>The model of samples/AspireShop, with the images that eng/ has built.</summary>
internal static class ShopModel
{
    private static readonly HttpClient s_client = new();

    // The settings of a launch profile, with free ports.
    private static readonly string[] s_dashboard =
    [
        "--ASPNETCORE_URLS=http://localhost:0", "--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=http://localhost:0",
        "--ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL=http://localhost:0",
    ];

    /// <summary>Starts the model, waits for the service's first answer, and stops it.</summary>
    public static async Task<ShopTimes> RunAsync(bool isWarm, bool hasDashboard)
    {
        long begun = Stopwatch.GetTimestamp();
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions
            {
                Args = hasDashboard ? s_dashboard : [], DisableDashboard = !hasDashboard, AllowUnsecuredTransport = true,

                // The same setting on machines with and without a development certificate.
                DeveloperCertificateDefaultHttpsTerminationEnabled = false,
            });
        builder.Services.AddLogging(logging => logging.ClearProviders());
        EndpointReference service = Describe(builder, isWarm);
        await using DistributedApplication app = builder.Build();
        TimeSpan built = Stopwatch.GetElapsedTime(begun);

        await using var states = new StateTimes(app.ResourceNotifications, begun);
        await app.StartAsync();
        TimeSpan healthy = TimeSpan.Zero;
        foreach (string server in (string[])["postgres", "cache"])
        {
            ThrowIfEnded(app, server);
            TimeSpan one = await states.HealthyAsync(server);
            healthy = one > healthy ? one : healthy;
        }

        TimeSpan running = await states.OfAsync("service", KnownResourceStates.Running);
        await AskAsync(app, new Uri($"http://localhost:{service.Port}/articles/1"));
        TimeSpan answered = Stopwatch.GetElapsedTime(begun);

        var times = new ShopTimes(
            built,
            await states.OfAsync("postgres", KnownResourceStates.Starting), await states.OfAsync("postgres", KnownResourceStates.Running),
            await states.OfAsync("cache", KnownResourceStates.Starting), await states.OfAsync("cache", KnownResourceStates.Running),
            healthy, running, answered);
        await app.StopAsync();
        return times;
    }

    private static EndpointReference Describe(IDistributedApplicationBuilder builder, bool isWarm)
    {
        // The same password in every run, like one that Aspire keeps in the user secrets: with another one there would be no warm start.
        IResourceBuilder<ParameterResource> password = builder.AddParameter("password", "benchmark", secret: true);
        IResourceBuilder<PostgresServerResource> postgres = builder.AddPostgres("postgres", password: password)
            .RunAsMicroVm(options => options.Image = LocalImages.Reference("postgres"));
        IResourceBuilder<RedisResource> cache = builder.AddRedis("cache", password: password)
            .RunAsMicroVm(options =>
            {
                options.Image = LocalImages.Reference("redis");
                options.StopTimeout = TimeSpan.FromSeconds(1); // The shell it is started by takes no notice of a signal.
            });
        if (isWarm)
        {
            postgres.WithWarmStart();
            cache.WithWarmStart();
        }

        IResourceBuilder<PostgresDatabaseResource> shop = postgres.AddDatabase("shop");
        string program = Path.Combine(AppContext.BaseDirectory, "AspireShop.Service");
        IResourceBuilder<ExecutableResource> service = builder.AddExecutable("service", program, AppContext.BaseDirectory)
            .WithHttpEndpoint();
        return service.WithEnvironment(
            "ASPNETCORE_URLS", $"http://localhost:{service.GetEndpoint("http").Property(EndpointProperty.TargetPort)}")
            .WithReference(shop).WaitFor(postgres)
            .WithReference(cache).WaitFor(cache)
            .GetEndpoint("http");
    }

    // Until the service listens, requests get no answer.
    private static async Task AskAsync(DistributedApplication app, Uri address)
    {
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await s_client.GetAsync(address);
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException exception) when (exception.StatusCode is null)
            {
                ThrowIfEnded(app, "service");
                await Task.Delay(TimeSpan.FromMilliseconds(2));
            }
        }
    }

    private static void ThrowIfEnded(DistributedApplication app, string resource)
    {
        if (app.ResourceNotifications.TryGetCurrentState(resource, out ResourceEvent? current)
            && current.Snapshot.State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text))
        {
            throw new InvalidOperationException($"{resource} is {state.Text}, with code {current.Snapshot.ExitCode}.");
        }
    }
}
