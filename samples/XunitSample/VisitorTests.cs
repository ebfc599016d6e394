using Islet.Modules.Redis;
using Islet.Testing.Xunit;
using StackExchange.Redis;
using Xunit;

namespace Samples;

// Each test has a Redis of its own.
[RequiresVirtualMachine]
public sealed class VisitorTests(ITestOutputHelper output) : ContainerTest<RedisContainer>(output)
{
    protected override RedisBuilder Configure() => new(SampleImages.Redis);

    [Fact]
    public async Task The_first_visitor_is_number_one() => Assert.Equal(1, await CountVisitorAsync());

    [Fact]
    public async Task The_second_visitor_is_number_two()
    {
        await CountVisitorAsync();
        Assert.Equal(2, await CountVisitorAsync());
    }

    private async Task<long> CountVisitorAsync()
    {
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(Container.GetConnectionString());
        return await connection.GetDatabase().StringIncrementAsync("visitors");
    }
}
