using System.Net;
using System.Net.Http.Json;

namespace AspireShop.Tests;

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
