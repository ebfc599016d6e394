using System.Data.Common;
using Islet.Modules.MariaDb;
using Islet.Modules.PostgreSql;
using Islet.Modules.RabbitMq;
using Islet.Modules.Redis;
using Npgsql;
using RabbitMQ.Client;
using StackExchange.Redis;

namespace Islet.Modules.Tests;

/// <summary>Connection strings as the client libraries read them, even with awkward names and passwords.</summary>
public sealed class LoginTests
{
    private const string Awkward = "it's; \"a\" = p@ss/wörd %";

    [Fact]
    public void PostgreSql_without_tls() =>
        Assert.Equal(
            "Host=127.0.0.1;Port=4000;Username=postgres;Password=secret;Database=shop",
            new PostgreSqlLogin("postgres", "secret", "shop").ToConnectionString("127.0.0.1", 4000, null), ignoreCase: true);

    [Fact]
    public void PostgreSql_is_what_npgsql_reads()
    {
        var read = new NpgsqlConnectionStringBuilder(
            new PostgreSqlLogin(Awkward, Awkward, Awkward).ToConnectionString("127.0.0.1", 4000, "/a folder/server.crt"));
        Assert.Equal(("127.0.0.1", 4000, Awkward, Awkward, Awkward), (read.Host, read.Port, read.Username, read.Password, read.Database));
        Assert.Equal((SslMode.VerifyFull, "/a folder/server.crt"), (read.SslMode, read.RootCertificate));
    }

    [Fact]
    public void MySql_without_tls() =>
        Assert.Equal(
            "Server=127.0.0.1;Port=4000;User ID=root;Password=secret;Database=test",
            new MySqlLogin("root", "secret", "test").ToConnectionString("127.0.0.1", 4000, null), ignoreCase: true);

    [Fact]
    public void MySql_is_quoted_as_ado_net_has_it()
    {
        var read = new DbConnectionStringBuilder
        {
            ConnectionString = new MySqlLogin(Awkward, Awkward, Awkward).ToConnectionString("127.0.0.1", 4000, "/server.crt"),
        };
        Assert.Equal([Awkward, Awkward, Awkward], [read["User ID"], read["Password"], read["Database"]]);
        Assert.Equal(["VerifyFull", "/server.crt"], [read["SslMode"], read["SslCa"]]);
    }

    [Theory]
    [InlineData("secret", false, "127.0.0.1:4000,password=secret")]
    [InlineData("", false, "127.0.0.1:4000")]
    [InlineData("secret", true, "127.0.0.1:4000,password=secret,ssl=true,sslHost=localhost")]
    public void Redis_is_what_stackexchange_redis_reads(string password, bool tls, string expected)
    {
        string text = new RedisLogin(password).ToConnectionString("127.0.0.1", 4000, tls);
        Assert.Equal(expected, text);
        var read = ConfigurationOptions.Parse(text);
        Assert.Equal((password, tls), (read.Password ?? "", read.Ssl));
    }

    [Theory]
    [InlineData("/", false, "amqp://rabbitmq:secret@127.0.0.1:4000")]
    [InlineData("a/b", false, "amqp://rabbitmq:secret@127.0.0.1:4000/a%2Fb")]
    [InlineData("/", true, "amqps://rabbitmq:secret@127.0.0.1:4000")]
    public void RabbitMq_is_an_amqp_uri(string virtualHost, bool tls, string expected) =>
        Assert.Equal(expected, new RabbitMqLogin("rabbitmq", "secret", virtualHost).ToConnectionString("127.0.0.1", 4000, tls));

    [Fact]
    public void RabbitMq_is_what_its_client_reads()
    {
        var read = new ConnectionFactory
        {
            Uri = new Uri(new RabbitMqLogin(Awkward, Awkward, Awkward).ToConnectionString("127.0.0.1", 4000, tls: true)),
        };
        Assert.Equal(
            (Awkward, Awkward, Awkward, 4000, true),
            (read.UserName, read.Password, read.VirtualHost, read.Endpoint.Port, read.Ssl.Enabled));
    }
}
