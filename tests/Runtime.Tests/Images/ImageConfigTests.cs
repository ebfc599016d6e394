using System.Text;

namespace Islet.Tests.Images;

public sealed class ImageConfigTests
{
    private const string Rootfs =
        "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]}";

    [Fact]
    public void Parse_reads_every_member()
    {
        ImageConfig config = Parse($$$"""
            {
              "created": "2024-05-06T07:08:09.1234567Z", "os": "linux", "architecture": "arm64", "variant": "v8", {{{Rootfs}}},
              "config": {
                "Env": ["PATH=/bin", "A=b\nc"], "Entrypoint": ["/entry"], "Cmd": ["redis-server", ""],
                "User": "999:999", "WorkingDir": "/data", "ExposedPorts": {"6379/tcp": {}, "53/udp": {}}, "Volumes": {"/data": {}},
                "Labels": {"maintainer": "someone", "empty": null}, "StopSignal": "SIGINT", "OnBuild": null, "Shell": ["/bin/bash", "-ec"],
                "Healthcheck": {
                  "Test": ["CMD-SHELL", "redis-cli ping"], "Interval": 5000000000, "Timeout": 1500000000, "StartPeriod": 100, "Retries": 7
                }
              }
            }
            """);

        Assert.Equal(Platform.LinuxArm64, config.Platform);
        Assert.Equal(new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero).AddTicks(1234567), config.Created);
        Assert.Equal(["PATH=/bin", "A=b\nc"], config.Env);
        Assert.Equal(["/entry"], config.Entrypoint);
        Assert.Equal(["redis-server", ""], config.Cmd);
        Assert.Equal("999:999", config.User);
        Assert.Equal("/data", config.WorkingDir);
        Assert.Equal(["6379/tcp", "53/udp"], config.ExposedPorts);
        Assert.Equal(["/data"], config.Volumes);
        Assert.Equal("someone", config.Labels["maintainer"]);
        Assert.Equal("", config.Labels["empty"]);
        Assert.Equal("SIGINT", config.StopSignal);
        Assert.Equal(["/bin/bash", "-ec"], config.Shell);
        Assert.Equal(["CMD-SHELL", "redis-cli ping"], config.Healthcheck!.Test);
        Assert.Equal(TimeSpan.FromSeconds(5), config.Healthcheck.Interval);
        Assert.Equal(TimeSpan.FromSeconds(1.5), config.Healthcheck.Timeout);
        Assert.Equal(TimeSpan.FromTicks(1), config.Healthcheck.StartPeriod);
        Assert.Null(config.Healthcheck.StartInterval);
        Assert.Equal(7, config.Healthcheck.Retries);
        Assert.Single(config.DiffIds);
    }

    [Fact]
    public void Parse_of_a_bare_configuration_gives_defaults()
    {
        ImageConfig config = Parse(
            $$$"""{"os":"linux","architecture":"amd64",{{{Rootfs}}}"""
            + ""","config":{"Env":null,"Cmd":null,"Volumes":null,"Labels":null,"StopSignal":""}}""");

        Assert.Empty(config.Env);
        Assert.Empty(config.Cmd);
        Assert.Empty(config.Volumes);
        Assert.Empty(config.Labels);
        Assert.Equal("", config.User);
        Assert.Null(config.StopSignal);
        Assert.Null(config.Healthcheck);
        Assert.Null(config.Created);
    }

    [Theory]
    [InlineData("""{"rootfs":{"diff_ids":[]}}""", "", "")]
    [InlineData($$$"""{"architecture":"",{{{Rootfs}}}}""", "", "")]
    [InlineData($$$"""{ {{{Rootfs}}},"config":{"Entrypoint":"/bin/sh","Cmd":"-c"}}""", "/bin/sh", "-c")]
    [InlineData($$$"""{ {{{Rootfs}}},"config":{"Entrypoint":"","Cmd":null}}""", "", "")]
    [InlineData($$$"""{ {{{Rootfs}}},"config":{"Entrypoint":[""],"Cmd":["a",null]}}""", "", "a|")]
    public void Parse_takes_what_other_engines_take(string document, string entrypoint, string command)
    {
        ImageConfig config = Parse(document);

        Assert.Equal(Platform.Host, config.Platform);
        Assert.Equal(entrypoint, string.Join('|', config.Entrypoint));
        Assert.Equal(command, string.Join('|', config.Cmd));
    }

    [Theory]
    [InlineData($$$"""{"os":"Linux","architecture":"AMD64",{{{Rootfs}}}}""", "linux/amd64")]
    [InlineData($$$"""{"architecture":"arm64",{{{Rootfs}}}}""", "linux/arm64")]
    public void Parse_reads_platforms_as_containerd_does(string document, string platform) =>
        Assert.Equal(platform, Parse(document).Platform.ToString());

    [Theory]
    [InlineData($$$"""{"os":"linux","architecture":"amd/64",{{{Rootfs}}}}""", "which platform")]
    [InlineData($$$"""{"os":"linux","architecture":"amd64",{{{Rootfs}}},"config":{"Entrypoint":[1]}}""", "malformed")]
    [InlineData($$$"""{"os":"linux","architecture":"amd64",{{{Rootfs}}},"config":{"Entrypoint":{} } }""", "malformed")]
    [InlineData("""{"os":"linux","architecture":"amd64"}""", "rootfs.diff_ids")]
    [InlineData("""{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["sha256:x"]}}""", "malformed")]
    [InlineData($$$"""{"os":"linux","architecture":"amd64",{{{Rootfs}}},"config":{"Env":"PATH=/bin"}}""", "malformed")]
    [InlineData($$$"""{"os":"linux","architecture":"amd64",{{{Rootfs}}},"config":{"Cmd":["a\u0000b"]}}""", "NUL")]
    [InlineData($$$"""{"os":"linux","architecture":"amd64",{{{Rootfs}}},"config":{"User":"root\u0000x"}}""", "NUL")]
    [InlineData($$$"""{"os":"linux","architecture":"amd64",{{{Rootfs}}},"config":{"Volumes":{"/a\u0000":{} } } }""", "NUL")]
    [InlineData("not json", "malformed")]
    [InlineData("null", "empty")]
    public void Parse_of_a_malformed_configuration_says_why(string document, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidImageException>(() => Parse(document)).Message, StringComparison.Ordinal);

    private static ImageConfig Parse(string document) => ImageConfig.Parse(Encoding.UTF8.GetBytes(document));
}
