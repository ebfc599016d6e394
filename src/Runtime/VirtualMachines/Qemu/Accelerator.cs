namespace Islet.VirtualMachines.Qemu;

/// <summary>The accelerator, which runs the guest's instructions.</summary>
/// <param name="IsKvm">Whether the processor itself runs them, through KVM; otherwise QEMU's translator, TCG, does.</param>
/// <param name="Reason">The reason for the choice, for the log.</param>
internal sealed record Accelerator(bool IsKvm, string Reason)
{
    /// <summary>The accelerator's name: <c>KVM</c> or <c>TCG</c>.</summary>
    public string Name => IsKvm ? "KVM" : "TCG";
}
