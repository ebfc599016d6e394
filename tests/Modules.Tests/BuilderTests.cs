using Islet.Modules.MariaDb;
using Islet.Modules.Memcached;
using Islet.Modules.Nginx;
using Islet.Modules.PostgreSql;
using Islet.Modules.RabbitMq;
using Islet.Modules.Redis;

namespace Islet.Modules.Tests;

public sealed class BuilderTests
{
    [Fact]
    public void Everything_that_a_container_can_be_told_keeps_the_modules_type()
    {
        PostgreSqlBuilder builder = new PostgreSqlBuilder()
            .WithMemory(MemorySize.FromGibibytes(1)).WithCpus(2).WithName("db").WithHostname("db").WithLabel("team", "shop")
            .WithEnvironment("TZ", "UTC")
            .WithFile("/etc/motd", "hello").WithTmpfs("/scratch").WithPort(5432, hostPort: 15432).WithoutNetwork()
            .WaitUntil(Wait.ForLogLine("ready")).WithStartTimeout(TimeSpan.FromMinutes(1))
            .WithDatabase("shop");
        Assert.NotNull(builder);
    }

    [Fact]
    public void A_builder_is_not_changed_by_what_is_said_to_its_successor()
    {
        var builder = new RedisBuilder();
        Assert.NotEqual(builder, builder.WithConfiguration("maxmemory 1mb"));
        Assert.NotEqual(builder, builder.WithTls());
    }

    [Fact]
    public void A_builder_does_not_show_its_password() =>
        Assert.DoesNotContain("secret", new RedisBuilder().WithPassword("secret").ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("001-schema.sql", "/docker-entrypoint-initdb.d/001-schema.sql")]
    [InlineData("data.sql.gz", "/docker-entrypoint-initdb.d/data.sql.gz")]
    [InlineData("setup.sh", "/docker-entrypoint-initdb.d/setup.sh")]
    public void PathOf_a_script_is_where_the_entrypoints_look(string name, string path) => Assert.Equal(path, InitScript.PathOf(name));

    [Theory]
    [InlineData("schema.txt", "would be ignored")]
    [InlineData("../schema.sql", "leave the directory out")]
    [InlineData(" ", "empty")]
    public void WithInitScript_a_name_that_no_entrypoint_runs_is_refused(string name, string reason)
    {
        Assert.Contains(
            reason, Assert.ThrowsAny<ArgumentException>(() => new PostgreSqlBuilder().WithInitScript(name, "")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            reason, Assert.ThrowsAny<ArgumentException>(() => new MariaDbBuilder().WithInitScript(name, "")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b")]
    [InlineData("a b")]
    [InlineData("a\"b")]
    [InlineData("")]
    public void WithPassword_one_that_redis_connection_strings_can_not_hold_is_refused(string password) =>
        Assert.Throws<ArgumentException>(() => new RedisBuilder().WithPassword(password));

    [Fact]
    public void Names_and_paths_that_would_have_no_effect_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new MySqlBuilder().WithUsername("root"));
        Assert.Throws<ArgumentException>(() => new MariaDbBuilder().WithConfiguration("settings.txt", ""));
        Assert.Throws<ArgumentException>(() => new RabbitMqBuilder().WithConfiguration("conf.d/x.conf", ""));
        Assert.Throws<ArgumentException>(() => new NginxBuilder().WithPage("page.html", ""));
        Assert.Throws<ArgumentException>(() => new PostgreSqlBuilder().WithUsername(""));
    }

    [Fact]
    public void The_default_images_name_their_registry_and_a_version()
    {
        string[] images =
        [
            PostgreSqlBuilder.DefaultImage, RedisBuilder.DefaultImage, MariaDbBuilder.DefaultImage, MySqlBuilder.DefaultImage,
            RabbitMqBuilder.DefaultImage, NginxBuilder.DefaultImage, MemcachedBuilder.DefaultImage,
        ];
        Assert.All(images, image => Assert.Matches("^docker\\.io/library/[a-z]+:[0-9.]+$", image));
    }
}
