using Islet.Modules.PostgreSql;
using Islet.Testing.Xunit;
using Xunit;

namespace Samples;

// Runs in parallel with ClosingTests: each class has a fork of the shop's machine.
[RequiresVirtualMachine]
public sealed class StockTests(ShopFixture fixture) : IClassFixture<ShopFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_sold_is_missing_from_the_stock()
    {
        await fixture.ResetAsync(Token);
        Assert.Equal(7, await new Shop(fixture.Container).SellAsync(article: 1, count: 3, Token));
    }

    [Fact]
    public async Task Nothing_that_is_not_there_is_sold()
    {
        await fixture.ResetAsync(Token);
        var shop = new Shop(fixture.Container);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => shop.SellAsync(article: 1, count: 11, Token));
        Assert.Equal(10, await shop.StockAsync(article: 1, Token));
    }
}

[RequiresVirtualMachine]
public sealed class ClosingTests(ShopFixture fixture) : IClassFixture<ShopFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_closed_shop_has_no_articles()
    {
        await using PostgreSqlContainer ofThisTest = await fixture.ForkAsync(Token);
        Assert.Equal(0, await new Shop(ofThisTest).CloseAsync(Token));
        Assert.Equal(1000, await new Shop(fixture.Container).CountArticlesAsync(Token));
    }
}
