using Islet.Modules.Redis;
using Islet.Testing.NUnit;
using NUnit.Framework;
using StackExchange.Redis;

namespace Samples;

// Each test has a Redis of its own.
[RequiresVirtualMachine]
public sealed class VisitorTests : ContainerTest<RedisContainer>
{
    protected override RedisBuilder Configure() => new(SampleImages.Redis);

    [Test]
    public async Task The_first_visitor_is_number_one() => Assert.That(await CountVisitorAsync(), Is.EqualTo(1));

    [Test]
    public async Task The_second_visitor_is_number_two()
    {
        await CountVisitorAsync();
        Assert.That(await CountVisitorAsync(), Is.EqualTo(2));
    }

    private async Task<long> CountVisitorAsync()
    {
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(Container.GetConnectionString());
        return await connection.GetDatabase().StringIncrementAsync("visitors");
    }
}
