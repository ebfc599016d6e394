using Islet.Description;

namespace Islet.Tests;

public sealed class ContainerBuilderTests
{
    private readonly ContainerBuilder _builder = new("redis:7");

    [Fact]
    public void A_builder_is_not_changed_by_what_is_said_to_its_successor()
    {
        ContainerBuilder changed = _builder.WithEnvironment("A", "1").WithPort(80);
        Assert.Empty(_builder.Options.Environment);
        Assert.Empty(_builder.Options.Ports);
        Assert.Equal("1", changed.Options.Environment["A"]);
    }

    [Fact]
    public void What_was_said_last_holds()
    {
        ContainerOptions options = _builder.WithPort(80, hostPort: 1234)
            .WithPort(80).WithTmpfs("/t").WithTmpfs("/t", MemorySize.FromMebibytes(1)).Options;
        Assert.Null(Assert.Single(options.Ports).HostPort);
        Assert.Equal(MemorySize.FromMebibytes(1), Assert.Single(options.Tmpfs).Size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A=B")]
    [InlineData("A\0")]
    public void WithEnvironment_a_name_that_linux_cannot_pass_is_refused(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => _builder.WithEnvironment(name, "x"));

    [Fact]
    public void A_NUL_in_a_command_is_refused_rather_than_cut() =>
        Assert.Throws<ArgumentException>(() => _builder.WithCommand("echo", "a\0b"));

    [Theory]
    [InlineData("relative")]
    [InlineData("")]
    public void A_path_that_is_not_absolute_is_refused(string path)
    {
        Assert.ThrowsAny<ArgumentException>(() => _builder.WithWorkingDirectory(path));
        Assert.ThrowsAny<ArgumentException>(() => _builder.WithTmpfs(path));
        Assert.ThrowsAny<ArgumentException>(() => _builder.WithFile(path, "x"));
    }

    [Fact]
    public void WithHostPort_has_one_address_for_each_name_and_the_last_target_for_each_port()
    {
        ContainerOptions options = _builder.WithHostPort("shop", 80, 1)
            .WithHostPort("bank", 80, 2).WithHostPort("Shop", 81, 3).WithHostPort("SHOP", 81, 4).Options;
        Assert.Equal(
            [(1, "127.88.0.1"), (2, "127.88.0.2"), (4, "127.88.0.1")],
            HostPortBinding.WithAddresses(options.HostPorts).Select(port => (port.Binding.HostPort, port.Address)));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("")]
    public void WithHostPort_a_name_that_would_break_the_hosts_file_is_refused(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => _builder.WithHostPort(name, 80, 80));

    [Theory]
    [InlineData("has space")]
    [InlineData("-dash")]
    [InlineData("under_score")]
    public void WithHostname_something_else_is_refused(string hostname) =>
        Assert.Throws<ArgumentException>(() => _builder.WithHostname(hostname));

    [Fact]
    public void WithCapabilities_an_unknown_name_is_refused() =>
        Assert.Throws<ArgumentException>(() => _builder.WithCapabilities("FLY"));

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public void WithPort_outside_of_16_bits_is_refused(int port) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _builder.WithPort(port));

    [Theory]
    [InlineData("host-gateway", "WithHostPort")]
    [InlineData("example.com", "IP address")]
    [InlineData("10.0.0.1\n10.0.0.2", "IP address")]
    public void WithExtraHost_takes_addresses_only(string address, string advice) =>
        Assert.Contains(
            advice, Assert.Throws<ArgumentException>(() => _builder.WithExtraHost("h", address)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("2001:db8::1")]
    public void WithExtraHost_takes_an_address(string address) => Assert.NotNull(_builder.WithExtraHost("db_1.example", address));
}
