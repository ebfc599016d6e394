using Islet.VirtualMachine.Tests;

namespace Islet.Modules.Tests;

internal static class TestRuntime
{
    /// <summary>The runtime that the tests share.</summary>
    public static ContainerRuntime Instance { get; } = new();

    /// <summary>
    /// Returns the reference of an image that eng/images/build.sh makes. The test is skipped where it has not been built.
    /// </summary>
    public static string Image(string name) => $"oci:{TestImages.Layout(name)}:latest";

    /// <summary>Skips the test where no machine can run, with the backend's own reason.</summary>
    public static void RequireMachines() => Assert.SkipUnless(Instance.Support.IsSupported, Instance.Support.Reason);
}
