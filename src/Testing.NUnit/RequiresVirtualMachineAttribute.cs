using NUnit.Framework;
using NUnit.Framework.Interfaces;

namespace Islet.Testing.NUnit;

/// <summary>
/// Marks a test that needs a virtual machine. Where none can run it is skipped, with the reason; with <c>ISLET_REQUIRE=1</c> it fails. It
/// can be applied to a method, a class or the assembly.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequiresVirtualMachineAttribute : NUnitAttribute, ITestAction
{
    /// <inheritdoc/>
    public ActionTargets Targets => ActionTargets.Test;

    /// <inheritdoc/>
    public void BeforeTest(ITest test)
    {
        if (VirtualMachineRequirement.FindSkipReason() is { } reason)
            Assert.Ignore(reason);
    }

    /// <inheritdoc/>
    public void AfterTest(ITest test)
    {
        // Nothing was started.
    }
}
