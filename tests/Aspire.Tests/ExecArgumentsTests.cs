using Islet.Aspire.Exec;

namespace Islet.Aspire.Tests;

/// <summary>The arguments of an engine's `exec`, as integrations write them.</summary>
public sealed class ExecArgumentsTests
{
    [Fact]
    public void A_REPL_has_a_terminal_and_variables_whose_values_are_in_the_environment()
    {
        ExecRequest request = Parse("exec", "-it", "--env", "PGPASSWORD", "--env", "MISSING", "4f2a", "psql", "--port", "5432", "-it");
        Assert.Equal((true, true, "4f2a"), (request.Interactive, request.Terminal, request.Container));
        Assert.Equal(["psql", "--port", "5432", "-it"], request.Command);
        Assert.Equal([KeyValuePair.Create("PGPASSWORD", "value of PGPASSWORD")], request.Environment);
    }

    [Fact]
    public void Each_option_has_a_long_name_a_short_one_and_a_value_that_may_be_attached()
    {
        ExecRequest request = Parse(
            "exec", "--interactive", "--user=root", "-w", "/tmp", "-eA=1=2", "-e", "B=", "--privileged", "--", "id", "env");
        Assert.Equal((true, false, true), (request.Interactive, request.Terminal, request.Privileged));
        Assert.Equal(("root", "/tmp", "id"), (request.User, request.WorkingDirectory, request.Container));
        Assert.Equal([KeyValuePair.Create("A", "1=2"), KeyValuePair.Create("B", "")], request.Environment);
        Assert.Equal(["env"], request.Command);
    }

    [Theory]
    [InlineData("run", "box")]
    [InlineData("exec", "-it", "box")]
    [InlineData("exec", "--env")]
    [InlineData("exec", "-d", "box", "true")]
    [InlineData("exec", "--detach-keys=x", "box", "true")]
    public void What_a_micro_VM_can_not_do_is_refused(params string[] arguments) => Assert.Throws<FormatException>(() => Parse(arguments));

    private static ExecRequest Parse(params string[] arguments) =>
        ExecArguments.Parse(arguments, static name => name == "MISSING" ? null : $"value of {name}");
}
