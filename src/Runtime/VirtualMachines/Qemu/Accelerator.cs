namespace Islet.VirtualMachines.Qemu;

/// <summary>What runs the guest's instructions.</summary>
/// <param name="IsKvm">The processor itself, through KVM; else QEMU's translator, TCG.</param>
/// <param name="Reason">Why this one, for the log.</param>
internal sealed record Accelerator(bool IsKvm, string Reason)
{
    /// <summary><c>KVM</c> or <c>TCG</c>.</summary>
    public string Name => IsKvm ? "KVM" : "TCG";
}
