using Islet.Modules.PostgreSql;
using Islet.Testing.MSTest;

[assembly: Parallelize(Scope = ExecutionScope.ClassLevel)]

namespace Samples;

// Runs in parallel with ClosingTests: each class has a fork of the shop's machine.
[TestClass, RequiresVirtualMachine]
public sealed class StockTests(TestContext context)
{
    private static readonly ShopFixture s_fixture = new();

    [ClassInitialize]
    public static Task Start(TestContext context) => s_fixture.InitializeAsync(context);

    [ClassCleanup]
    public static async Task End() => await s_fixture.DisposeAsync();

    [TestMethod]
    public async Task What_is_sold_is_missing_from_the_stock()
    {
        await s_fixture.ResetAsync(context.CancellationToken);
        Assert.AreEqual(7, await new Shop(s_fixture.Container).SellAsync(article: 1, count: 3, context.CancellationToken));
    }

    [TestMethod]
    public async Task Nothing_that_is_not_there_is_sold()
    {
        await s_fixture.ResetAsync(context.CancellationToken);
        var shop = new Shop(s_fixture.Container);
        await Assert.ThrowsExactlyAsync<Npgsql.PostgresException>(() => shop.SellAsync(article: 1, count: 11, context.CancellationToken));
        Assert.AreEqual(10, await shop.StockAsync(article: 1, context.CancellationToken));
    }
}

[TestClass, RequiresVirtualMachine]
public sealed class ClosingTests(TestContext context)
{
    private static readonly ShopFixture s_fixture = new();

    [ClassInitialize]
    public static Task Start(TestContext context) => s_fixture.InitializeAsync(context);

    [ClassCleanup]
    public static async Task End() => await s_fixture.DisposeAsync();

    [TestMethod]
    public async Task A_closed_shop_has_no_articles()
    {
        await using PostgreSqlContainer ofThisTest = await s_fixture.ForkAsync(context.CancellationToken);
        Assert.AreEqual(0, await new Shop(ofThisTest).CloseAsync(context.CancellationToken));
        Assert.AreEqual(1000, await new Shop(s_fixture.Container).CountArticlesAsync(context.CancellationToken));
    }
}
