namespace Islet.Testing.MSTest;

/// <summary>
/// Marks a test that needs a virtual machine. Where none can run it is skipped, with the reason; with <c>ISLET_REQUIRE=1</c> it fails. It
/// can be applied to a method or a class.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequiresVirtualMachineAttribute : ConditionBaseAttribute
{
    /// <summary>Marks a test.</summary>
    public RequiresVirtualMachineAttribute()
        : base(ConditionMode.Include)
    {
    }

    /// <inheritdoc/>
    public override string GroupName => nameof(RequiresVirtualMachineAttribute);

    /// <inheritdoc/>
    public override bool IsConditionMet
    {
        get
        {
            IgnoreMessage = VirtualMachineRequirement.FindSkipReason();
            return IgnoreMessage is null;
        }
    }
}
