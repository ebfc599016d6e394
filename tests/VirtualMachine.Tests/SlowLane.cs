namespace Islet.VirtualMachine.Tests;

/// <summary>The tests that take long, or their long forms: <c>./test.sh --slow</c> runs them.</summary>
internal static class SlowLane
{
    /// <summary>Whether they are to run.</summary>
    public static bool IsOn => Environment.GetEnvironmentVariable("ISLET_SLOW_TESTS") == "1";

    /// <summary>Skips the present test unless they are to run.</summary>
    public static void Require() => Assert.SkipUnless(IsOn, "It takes a minute; ./test.sh --slow runs it.");
}
