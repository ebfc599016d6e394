using Islet.Modules.Redis;
using Islet.Testing.MSTest;
using StackExchange.Redis;

namespace Samples;

// Each test has a Redis of its own.
[TestClass, RequiresVirtualMachine]
public sealed class VisitorTests : ContainerTest<RedisContainer>
{
    protected override RedisBuilder Configure() => new(SampleImages.Redis);

    [TestMethod]
    public async Task The_first_visitor_is_number_one() => Assert.AreEqual(1, await CountVisitorAsync());

    [TestMethod]
    public async Task The_second_visitor_is_number_two()
    {
        await CountVisitorAsync();
        Assert.AreEqual(2, await CountVisitorAsync());
    }

    private async Task<long> CountVisitorAsync()
    {
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(Container.GetConnectionString());
        return await connection.GetDatabase().StringIncrementAsync("visitors");
    }
}
