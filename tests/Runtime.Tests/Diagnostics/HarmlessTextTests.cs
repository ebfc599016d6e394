using Grpc.Core;
using Islet.Containers;
using Islet.Diagnostics;

namespace Islet.Tests.Diagnostics;

/// <summary>The output of a container, in messages and logs.</summary>
public sealed class HarmlessTextTests
{
    [Theory]
    [InlineData("plain ü 日本", "plain ü 日本")]
    [InlineData("a\tb\nc", "a b c")]
    [InlineData("\e[31mred\e[0m", "red")]
    [InlineData("\e]0;title\ahere", "]0;titlehere")]
    [InlineData("bell\a back\b null\0", "bell back null")]
    [InlineData("turned \u202Eround", "turned round")]
    [InlineData("::set-output name=a::b", ": :set-output name=a::b")]
    [InlineData("  ::error file=x::y", "  : :error file=x::y")]
    [InlineData("a ::notice::b", "a ::notice::b")]
    [InlineData("std::vector", "std::vector")]
    [InlineData("x ##vso[task.setvariable variable=a]b", "x ## vso[task.setvariable variable=a]b")]
    [InlineData("##[group]x", "## [group]x")]
    [InlineData("##TeamCity[buildStatus]", "## teamcity[buildStatus]")]
    [InlineData("\e[1m::set-env name=a::b", ": :set-env name=a::b")]
    public void Line_orders_nothing(string text, string shown) => Assert.Equal(shown, HarmlessText.Line(text, 1000));

    [Fact]
    public void Line_says_that_it_was_cut() => Assert.Equal("aaaa… (6 more characters)", HarmlessText.Line(new string('a', 10), 4));

    [Fact]
    public void A_message_stays_within_some_kilobytes_and_shows_the_last_lines()
    {
        var failure = new ContainerOperationException("It failed.")
        {
            Evidence = new FailureEvidence
            {
                LogTail = [.. Enumerable.Range(1, 50).Select(i => $"{i}: " + new string('x', 65_000))],
                ConsoleTail = [.. Enumerable.Range(1, 50).Select(i => $"console {i} " + new string('y', 900))],
            },
        };
        Assert.InRange(failure.Message.Length, 1000, 12_000);
        Assert.Contains("50: xxx", failure.Message, StringComparison.Ordinal);
        Assert.Contains("more characters", failure.Message, StringComparison.Ordinal);
        Assert.Contains("earlier ones are left out", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_orders_nothing()
    {
        var failure = new ContainerOperationException("It failed.")
        {
            Evidence = new FailureEvidence { LogTail = ["::set-output name=secret::x", "\e[2J"] },
        };
        Assert.DoesNotContain('\e', failure.Message);
        Assert.DoesNotContain(failure.Message.Split('\n'), line => line.TrimStart().StartsWith("::", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_guest_says_of_a_refusal_is_cut_and_harmless()
    {
        var refusal = new AgentException(StatusCode.Internal, "\e[31m" + new string('z', 1 << 20));
        Assert.InRange(refusal.Message.Length, 900, 1100);
        Assert.DoesNotContain('\e', refusal.Message);
    }

    [Theory]
    [InlineData(new[] { "psql" }, "\"psql\"")]
    [InlineData(new[] { "psql", "secret" }, "\"psql\" (with 1 argument)")]
    [InlineData(new[] { "psql", "-c", "password" }, "\"psql\" (with 2 arguments)")]
    public void A_command_is_shown_without_its_arguments(string[] command, string shown) =>
        Assert.Equal(shown, ShownCommand.Quote(command));
}
