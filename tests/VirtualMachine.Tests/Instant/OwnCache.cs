using System.Collections.Concurrent;
using Islet.Snapshots;
using Microsoft.Extensions.Logging;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>Runtimes with a separate cache, so that a test can damage it.</summary>
internal sealed class OwnCache : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly List<ContainerRuntime> _runtimes = [];
    private readonly Recorder _log = new();

    public OwnCache()
    {
        TestRuntime.RequireMachines();
        _directory = Directory.CreateTempSubdirectory("islet-cache-");
    }

    public string Path => _directory.FullName;

    public string Templates => System.IO.Path.Combine(Path, "snapshots", "templates");

    public string Checkpoints => System.IO.Path.Combine(Path, "snapshots", "checkpoints");

    public string Warm => System.IO.Path.Combine(Path, "snapshots", "warm");

    /// <summary>The log entries at Warning and above.</summary>
    public IReadOnlyCollection<string> Warnings => _log.Warnings;

    /// <summary>Creates a runtime as in another process: it shares no state with the others.</summary>
    public ContainerRuntime NewRuntime(Action<IsletOptions>? configure = null)
    {
        var options = new IsletOptions { CacheDirectory = Path, LoggerFactory = _log };
        configure?.Invoke(options);
        var runtime = new ContainerRuntime(options);
        _runtimes.Add(runtime);
        return runtime;
    }

    /// <summary>Starts a container, and waits until there is a template of its machine.</summary>
    public async Task<ContainerRuntime> NewRuntimeWithTemplateAsync()
    {
        ContainerRuntime runtime = NewRuntime();
        await (await StartAsync(runtime)).DisposeAsync();
        await runtime.Engine.Machines.WhenIdleAsync();
        return runtime;
    }

    public static Task<Container> StartAsync(ContainerRuntime runtime, Func<ContainerBuilder, ContainerBuilder>? configure = null) =>
        (configure?.Invoke(TestRuntime.Idle) ?? TestRuntime.Idle).StartAsync(runtime, TestContext.Current.CancellationToken);

    /// <summary>Returns the only finished snapshot in a directory.</summary>
    public static string Single(string directory) =>
        Assert.Single(Directory.GetDirectories(directory), path => SnapshotKey.TryParse(System.IO.Path.GetFileName(path), out _));

    public static bool WasRestored(Container container) => container.Timeline.Phases.Any(phase => phase.Name == StartupPhases.Load);

    public async ValueTask DisposeAsync()
    {
        foreach (ContainerRuntime runtime in _runtimes)
            await runtime.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private sealed class Recorder : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<string> _warnings = new();

        public IReadOnlyCollection<string> Warnings => _warnings;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
                _warnings.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
