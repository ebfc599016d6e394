using Islet.Modules.PostgreSql;
using Islet.Testing.NUnit;
using NUnit.Framework;

[assembly: Parallelizable(ParallelScope.Fixtures)]

namespace Samples;

// Runs in parallel with ClosingTests: each class has a fork of the shop's machine.
[ContainerFixture, RequiresVirtualMachine]
public sealed class StockTests(ShopFixture fixture)
{
    private static CancellationToken Token => TestContext.CurrentContext.CancellationToken;

    [Test]
    public async Task What_is_sold_is_missing_from_the_stock()
    {
        await fixture.ResetAsync(Token);
        Assert.That(await new Shop(fixture.Container).SellAsync(article: 1, count: 3, Token), Is.EqualTo(7));
    }

    [Test]
    public async Task Nothing_that_is_not_there_is_sold()
    {
        await fixture.ResetAsync(Token);
        var shop = new Shop(fixture.Container);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => shop.SellAsync(article: 1, count: 11, Token));
        Assert.That(await shop.StockAsync(article: 1, Token), Is.EqualTo(10));
    }
}

[ContainerFixture, RequiresVirtualMachine]
public sealed class ClosingTests(ShopFixture fixture)
{
    private static CancellationToken Token => TestContext.CurrentContext.CancellationToken;

    [Test]
    public async Task A_closed_shop_has_no_articles()
    {
        PostgreSqlContainer ofThisTest = await fixture.ForkAsync(Token);
        Assert.That(await new Shop(ofThisTest).CloseAsync(Token), Is.Zero);
        Assert.That(await new Shop(fixture.Container).CountArticlesAsync(Token), Is.EqualTo(1000));
    }
}
