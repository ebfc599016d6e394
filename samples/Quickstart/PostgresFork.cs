using System.Diagnostics;
using System.Globalization;
using Islet;

namespace Quickstart;

/// <summary>One of several Postgres that begin in the same state and go their own ways.</summary>
internal sealed class PostgresFork : IAsyncDisposable
{
    private readonly string _password;
    private readonly CancellationToken _cancellationToken;
    private readonly PendingContainer _container;

    /// <summary>Begins to start it.</summary>
    public PostgresFork(Checkpoint checkpoint, int number, string password, CancellationToken cancellationToken)
    {
        (_password, _cancellationToken) = (password, cancellationToken);
        Island = string.Create(CultureInfo.InvariantCulture, $"Fork {number}");
        long called = Stopwatch.GetTimestamp();
        _container = new PendingContainer(checkpoint.ForkAsync, cancellationToken);
        FirstAnswer = MeasureAsync(called);
    }

    /// <summary>The island that only this one knows.</summary>
    public string Island { get; }

    public Task<Container> Started => _container.Started;

    /// <summary>The time from the call to the answer of its first query.</summary>
    public Task<TimeSpan> FirstAnswer { get; }

    public async Task InsertOwnIslandAsync()
    {
        await using PostgresSession session = await OpenAsync();
        await session.ExecuteAsync($"INSERT INTO island (name, area_km2) VALUES ('{Island}', 1)");
    }

    public async Task<string> ReadIslandsAsync()
    {
        await using PostgresSession session = await OpenAsync();
        return (string)(await session.ScalarAsync("SELECT string_agg(name, ', ' ORDER BY id) FROM island"))!;
    }

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    private async Task<TimeSpan> MeasureAsync(long called)
    {
        await using PostgresSession session = await OpenAsync();
        await session.ScalarAsync("SELECT count(*) FROM island");
        return Stopwatch.GetElapsedTime(called);
    }

    private async Task<PostgresSession> OpenAsync() => await PostgresSession.OpenAsync(await Started, _password, _cancellationToken);
}
