using System.Reflection;
using Xunit.v3;

namespace Islet.Testing.Xunit;

/// <summary>
/// Marks a test that needs a virtual machine. Where none can run it is skipped, with the reason; with <c>ISLET_REQUIRE=1</c> it fails. It
/// can be applied to a method, a class or the assembly.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequiresVirtualMachineAttribute : BeforeAfterTestAttribute
{
    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (VirtualMachineRequirement.FindSkipReason() is { } reason)
            throw new SkippedTestException(DynamicSkipToken.Value + reason);
    }

    // For xUnit, any exception whose message begins with its token means a skipped test.
    private sealed class SkippedTestException(string message) : Exception(message);
}
