using System.Collections.Concurrent;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Tests;

/// <summary>An application that a test runs, and a record of its events.</summary>
internal sealed class TestApplication : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _history = new();
    private readonly ConcurrentDictionary<CustomResourceSnapshot, bool> _recorded = new(ReferenceEqualityComparer.Instance);
    private TaskCompletionSource _added = NewSignal();
    private readonly CancellationTokenSource _ending = new();

    private TestApplication(DistributedApplication app) => App = app;

    /// <summary>The exit code of a sleeper that is stopped.</summary>
    public const int SleeperExitCode = 5;

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public DistributedApplication App { get; }

    public ResourceNotificationService Notifications => App.ResourceNotifications;

    /// <summary>The states and events of all resources so far: <c>pg Running</c>, <c>pg ResourceReadyEvent</c>.</summary>
    public IReadOnlyCollection<string> History => _history;

    public IReadOnlyList<string> EventsOf(string resource) =>
        [.. Of(resource).Where(entry => entry.EndsWith("Event", StringComparison.Ordinal))];

    public IReadOnlyList<string> StatesOf(string resource) =>
        [.. Of(resource).Where(entry => !entry.EndsWith("Event", StringComparison.Ordinal))];

    public int IndexOf(string entry) =>
        _history.ToList().IndexOf(entry) is >= 0 and int index ? index : throw new InvalidOperationException($"There was no \"{entry}\".");

    /// <summary>Waits until a state or event has occurred.</summary>
    public Task WaitForHistoryAsync(string entry, int times = 1) =>
        WaitUntilRecordedAsync(() => _history.Count(seen => seen == entry) >= times);

    /// <summary>Creates a builder whose containers all run the test images in micro-VMs.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(params string[] args)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            // A development certificate, which only some machines have, would give Redis TLS and a second endpoint.
            Args = args, DisableDashboard = true, DeveloperCertificateDefaultHttpsTerminationEnabled = false,
        });
        builder.Services.AddLogging(logging => logging.ClearProviders());
        return builder.UseMicroVms(null, TestImages.Use);
    }

    /// <summary>Adds a container that does nothing until it is asked to end. It can be asked once it has written "asleep".</summary>
    public static IResourceBuilder<ContainerResource> AddSleeper(IDistributedApplicationBuilder builder, string name) =>
        builder.AddContainer(name, "debian")
            .WithEntrypoint("/bin/sh").WithArgs("-c", $"trap 'exit {SleeperExitCode}' TERM; echo asleep; sleep infinity & wait");

    public static async Task<TestApplication> StartAsync(IDistributedApplicationBuilder builder)
    {
        var support = new ContainerRuntime();
        await using (support)
            Assert.SkipUnless(support.Support.IsSupported, support.Support.Reason);
        DistributedApplication app = builder.Build();
        var test = new TestApplication(app);
        test.Record();
        try
        {
            await app.StartAsync(Cancellation);
            return test;
        }
        catch
        {
            await test.DisposeAsync();
            throw;
        }
    }

    public CustomResourceSnapshot Snapshot(string resource) => Notifications.TryGetCurrentState(resource, out ResourceEvent? current)
        ? current.Snapshot
        : throw new InvalidOperationException($"Nothing is known of {resource}.");

    public string? Property(string resource, string name) =>
        Snapshot(resource).Properties.FirstOrDefault(property => property.Name == name)?.Value?.ToString();

    public async Task<CustomResourceSnapshot> WaitForStateAsync(string resource, string state)
    {
        ResourceEvent reached = await Notifications.WaitForResourceAsync(
            resource, update => update.Snapshot.State?.Text == state || update.Snapshot.State?.Text == KnownResourceStates.FailedToStart,
            Cancellation);
        if (reached.Snapshot.State!.Text != state)
            Assert.Fail($"{resource} failed to start:\n{string.Join('\n', await LogAsync(resource))}");
        // Another watcher writes the history, and it may be behind the one that was just awaited.
        await WaitUntilRecordedAsync(() => _recorded.ContainsKey(reached.Snapshot));
        return reached.Snapshot;
    }

    public async Task WaitUntilHealthyAsync(string resource)
    {
        await WaitForStateAsync(resource, KnownResourceStates.Running);
        await Notifications.WaitForResourceHealthyAsync(resource, Cancellation);
    }

    public Task<ExecuteCommandResult> CommandAsync(string resource, string command) =>
        App.ResourceCommands.ExecuteCommandAsync(resource, command, Cancellation);

    /// <summary>Runs a command with one argument.</summary>
    public Task<ExecuteCommandResult> CommandAsync(string resource, string command, string argument, string value) =>
        App.ResourceCommands.ExecuteCommandAsync(
            resource, command, new InteractionInputCollection(
                [new InteractionInput { Name = argument, InputType = InputType.Text, Value = value }]), Cancellation);

    public async Task<string?> ConnectionStringAsync(string resource) =>
        await App.Services.GetRequiredService<DistributedApplicationModel>()
            .Resources.OfType<IResourceWithConnectionString>().Single(one => one.Name == resource).GetConnectionStringAsync(Cancellation);

    /// <summary>Returns the lines of a resource's log so far.</summary>
    public async Task<IReadOnlyList<string>> LogAsync(string resource) => await LogUntilAsync(resource, static _ => true);

    /// <summary>Returns the lines of a resource's log, up to one that meets the condition.</summary>
    public async Task<IReadOnlyList<string>> LogUntilAsync(string resource, Func<string, bool> until)
    {
        List<string> log = [];
        string id = Notifications.TryGetCurrentState(resource, out ResourceEvent? current) ? current.ResourceId : resource;
        await foreach (IReadOnlyList<global::Aspire.Hosting.ApplicationModel.LogLine> lines in App.Services
            .GetRequiredService<ResourceLoggerService>().WatchAsync(id).WithCancellation(Cancellation))
        {
            log.AddRange(lines.Select(line => line.Content));
            if (lines.Any(line => until(line.Content)))
                break;
        }

        return log;
    }

    public async ValueTask DisposeAsync()
    {
        // No timeout: how fast a busy machine ends it is not tested here.
        await App.StopAsync(CancellationToken.None);
        await _ending.CancelAsync();
        await App.DisposeAsync();
    }

    private IEnumerable<string> Of(string resource) => _history
        .Where(entry => entry.StartsWith(resource + " ", StringComparison.Ordinal)).Select(entry => entry[(resource.Length + 1)..]);

    private async Task WaitUntilRecordedAsync(Func<bool> condition)
    {
        while (true)
        {
            Task added = _added.Task;
            if (condition())
                return;
            await added.WaitAsync(Cancellation);
        }
    }

    private void Remember(string entry)
    {
        _history.Enqueue(entry);
        Signal();
    }

    private void Signal() => Interlocked.Exchange(ref _added, NewSignal()).SetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Record()
    {
        var eventing = App.Services.GetRequiredService<IDistributedApplicationEventing>();
        Subscribe<ResourceEndpointsAllocatedEvent>(eventing);
        Subscribe<ConnectionStringAvailableEvent>(eventing);
        Subscribe<BeforeResourceStartedEvent>(eventing);
        Subscribe<ResourceReadyEvent>(eventing);
        Subscribe<ResourceStoppedEvent>(eventing);
        _ = RecordStatesAsync();
    }

    private void Subscribe<T>(IDistributedApplicationEventing eventing)
        where T : IDistributedApplicationResourceEvent => eventing.Subscribe<T>((@event, _) =>
        {
            Remember($"{@event.Resource.Name} {typeof(T).Name}");
            return Task.CompletedTask;
        });

    private async Task RecordStatesAsync()
    {
        var last = new Dictionary<string, string?>();
        try
        {
            await foreach (ResourceEvent update in Notifications.WatchAsync(_ending.Token))
            {
                string? state = update.Snapshot.State?.Text;
                if (state is not null && last.GetValueOrDefault(update.Resource.Name) != state)
                {
                    last[update.Resource.Name] = state;
                    Remember($"{update.Resource.Name} {state}");
                }

                _recorded[update.Snapshot] = true;
                Signal();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
