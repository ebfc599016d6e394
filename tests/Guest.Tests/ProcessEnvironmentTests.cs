using Islet.Guest.Processes;
using Islet.Protocol.Agent;

namespace Islet.Guest.Tests;

public sealed class ProcessEnvironmentTests
{
    private const string Path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static readonly ProcessUser s_user = new(0, 0, [], "/root");

    [Fact]
    public void Of_adds_what_is_missing_and_nothing_that_is_there()
    {
        Assert.Equal(["A=1", Path, "HOSTNAME=name", "HOME=/root"], Of([], new ProcessSpec { Environment = { "A=1" } }));
        Assert.Equal(
            ["HOME=/own", "PATH=", Path.Replace("PATH", "PATHS", StringComparison.Ordinal), "HOSTNAME=name", "TERM=xterm"],
            Of([], new ProcessSpec
            {
                Terminal = true,
                Environment = { "HOME=/own", "PATH=", Path.Replace("PATH", "PATHS", StringComparison.Ordinal) },
            }));
    }

    [Fact]
    public void Of_lays_a_process_own_entries_over_the_inherited()
    {
        var spec = new ProcessSpec { InheritEnvironment = true, Environment = { "B=own", "AB=own", "HOME=/own" } };

        Assert.Equal(["A=1", "B=own", "HOME=/own", "AB=own", Path, "HOSTNAME=name"], Of(["A=1", "B=2", "HOME=/first"], spec));
    }

    [Fact]
    public void Of_inherits_nothing_unless_asked()
    {
        Assert.DoesNotContain("A=1", Of(["A=1"], new ProcessSpec()));
    }

    [Fact]
    public void Of_leaves_a_process_its_own_doubles()
    {
        var spec = new ProcessSpec { InheritEnvironment = true, Environment = { "B=1", "B=2" } };

        Assert.Equal(["A=0", "B=1", "B=2"], Of(["A=0"], spec).Take(3));
    }

    private static List<string> Of(string[] inherited, ProcessSpec spec) => new ProcessEnvironment("name", inherited).Of(spec, s_user);
}
