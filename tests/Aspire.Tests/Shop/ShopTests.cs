using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Islet.Aspire.Tests.Shop;

public sealed class ShopTests(ShopFixture shop) : IClassFixture<ShopFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_looks_at_an_article_is_counted()
    {
        Article first = await FindAsync(1);
        Article second = await FindAsync(1);

        Assert.Equal("A jar of honey", first.Name);
        Assert.Equal(first.Visits + 1, second.Visits);
    }

    [Fact]
    public async Task What_is_sold_out_is_sold_no_more()
    {
        while ((await FindAsync(1)).InStock > 0)
            Assert.Equal(HttpStatusCode.NoContent, await SellAsync(1));

        Assert.Equal(HttpStatusCode.Conflict, await SellAsync(1));
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("shop")]
    [InlineData("cache")]
    [InlineData("service")]
    public async Task Every_resource_is_healthy(string resource)
    {
        ResourceEvent healthy = await shop.App.ResourceNotifications.WaitForResourceHealthyAsync(resource, Cancellation);

        Assert.Equal((KnownResourceStates.Running, HealthStatus.Healthy), (healthy.Snapshot.State?.Text, healthy.Snapshot.HealthStatus));
    }

    [Fact]
    public void The_service_was_given_addresses_of_this_machine()
    {
        Assert.Matches(@"^Host=localhost;Port=\d+;Username=postgres;Password=.+;Database=shop$", Variable("ConnectionStrings__shop"));
        Assert.Matches(@"^localhost:\d+,password=.+$", Variable("ConnectionStrings__cache"));
        Assert.Equal("shop", Variable("SHOP_DATABASENAME"));
    }

    private string? Variable(string name)
    {
        Assert.True(shop.App.ResourceNotifications.TryGetCurrentState("service", out ResourceEvent? service));
        return Assert.Single(service.Snapshot.EnvironmentVariables, variable => variable.Name == name).Value;
    }

    private async Task<Article> FindAsync(int id) =>
        await shop.Service.GetFromJsonAsync<Article>($"/articles/{id}", Cancellation)
        ?? throw new InvalidOperationException($"The answer about article {id} is empty.");

    private async Task<HttpStatusCode> SellAsync(int id)
    {
        using HttpResponseMessage answer = await shop.Service.PostAsync($"/articles/{id}/sales", null, Cancellation);
        return answer.StatusCode;
    }

    private sealed record Article(string Name, int InStock, long Visits);
}
