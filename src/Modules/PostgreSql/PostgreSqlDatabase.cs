namespace Islet.Modules.PostgreSql;

/// <summary>One database of a server. Disposing it drops it, even while clients are connected to it.</summary>
public sealed class PostgreSqlDatabase : IAsyncDisposable
{
    private readonly PostgreSqlContainer _server;
    private int _disposed;

    internal PostgreSqlDatabase(PostgreSqlContainer server, string name) => (_server, Name) = (server, name);

    /// <summary>The name of the database.</summary>
    public string Name { get; }

    /// <summary>Returns a connection string for Npgsql, like <see cref="PostgreSqlContainer.GetConnectionString()"/>.</summary>
    public string GetConnectionString() => _server.GetConnectionString(Name);

    /// <summary>Runs SQL in the database with psql.</summary>
    /// <inheritdoc cref="PostgreSqlContainer.ExecScriptAsync(string, string?, CancellationToken)"/>
    public Task<string> ExecScriptAsync(string script, CancellationToken cancellationToken = default) =>
        _server.ExecScriptAsync(script, Name, cancellationToken);

    /// <summary>Drops the database. If the whole server is gone, there is nothing to do.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0 && _server.State == ContainerState.Running)
            await _server.DropDatabaseAsync(Name, CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
