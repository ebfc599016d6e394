using AspireShop.Service;
using Npgsql;
using StackExchange.Redis;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(ConnectionString("shop")));
builder.Services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(ConnectionString("cache")));
builder.Services.AddSingleton<Stock>();
builder.Services.AddSingleton<Visitors>();
builder.Services.AddHealthChecks();

WebApplication app = builder.Build();
await app.Services.GetRequiredService<Stock>().CreateAsync(app.Lifetime.ApplicationStopping);

app.MapHealthChecks("/health");
app.MapGet("/articles/{id:int}", async (int id, Stock stock, Visitors visitors, CancellationToken cancellationToken) =>
    await stock.FindAsync(id, cancellationToken) is { } article
        ? Results.Ok(article with { Visits = await visitors.CountAsync(id) })
        : Results.NotFound());
app.MapPost("/articles/{id:int}/sales", async (int id, Stock stock, CancellationToken cancellationToken) =>
    await stock.SellAsync(id, cancellationToken) ? Results.NoContent() : Results.Conflict("It is sold out."));

await app.RunAsync();

string ConnectionString(string name) => builder.Configuration.GetConnectionString(name)
    ?? throw new InvalidOperationException($"There is no connection string {name}: start the service with its AppHost.");
