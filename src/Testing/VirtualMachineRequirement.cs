namespace Islet.Testing;

/// <summary>Whether a test that needs a virtual machine can run here, as <c>[RequiresVirtualMachine]</c> asks in each framework.</summary>
public static class VirtualMachineRequirement
{
    /// <summary>
    /// The variable to set to <c>1</c> where machines must be able to run, as on the build server: tests then fail and are not skipped.
    /// </summary>
    public const string Variable = "ISLET_REQUIRE";

    /// <summary>Returns the reason to skip the test; <see langword="null"/> when it can run.</summary>
    /// <exception cref="HostUnsupportedException">No machine can run here, and <c>ISLET_REQUIRE=1</c> requires one.</exception>
    public static string? FindSkipReason() =>
        FindSkipReason(ContainerRuntime.Default.Support, Environment.GetEnvironmentVariable(Variable));

    internal static string? FindSkipReason(BackendSupport support, string? required)
    {
        if (support.IsSupported)
            return null;

        return required is null or "" or "0" ? support.Reason : throw new HostUnsupportedException(
            $"No virtual machine can run here, and {Variable} is set, so this is no reason to skip the test. {support.Reason}");
    }
}
