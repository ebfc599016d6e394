using System.Runtime.InteropServices;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// The machine that QEMU emulates for an architecture: <c>microvm</c> on x86-64, <c>virt</c> on arm64. In both, the devices are on
/// virtio's memory-mapped transport, which needs no bus to be probed, no interrupt controller of messages to be saved, and has no hot plug.
/// </summary>
internal sealed record MachineType
{
    private static readonly MachineType s_microvm = new()
    {
        // Without a programmable timer (pit, pic) TCG hangs before init; without rtc the kernel probes one for a second.
        Machine = static _ => "microvm,x-option-roms=off,isa-serial=on,rtc=on,pit=on,pic=on,acpi=off",
        EmulatedProcessor = "max",
        KernelArguments =
            "quiet earlycon=uart8250,io,0x3f8 console=hvc0 reboot=t panic=-1 no_timer_check random.trust_cpu=on tsc=reliable",
    };

    private static readonly MachineType s_virt = new()
    {
        // The interrupt controller is one of the processor, which KVM can't exchange: some boards have version 2. No device sends its
        // interrupts as messages, so nothing needs the ITS, which would be part of every saved state.
        Machine = static accelerator => $"virt,gic-version={(accelerator.IsKvm ? "host" : "3")},its=off",

        // Everything that QEMU knows, as images for arm64/v8.2 need it, except for what is slow to emulate: signed pointers, which every
        // function checks, and the wide registers of SVE and SME. The kernel boots in half the time without them. Programs ask for them
        // before they use them, unless they were built for nothing older than arm64/v8.3 or v9.
        EmulatedProcessor = "max,pauth=off,sve=off,sme=off",
        KernelArguments = "quiet earlycon=pl011,0x9000000 console=hvc0 panic=-1 random.trust_cpu=on",
    };

    /// <summary>Returns the value of <c>-M</c>, without the memory.</summary>
    public required Func<Accelerator, string> Machine { get; init; }

    /// <summary>The value of <c>-cpu</c> where QEMU translates the guest's instructions.</summary>
    public required string EmulatedProcessor { get; init; }

    /// <summary>
    /// The kernel's command line. Early messages go to the serial port, and later ones to the virtio console as soon as it exists. So no
    /// panic is ever lost. <c>quiet</c> comes first: arguments before it would still be printed.
    /// </summary>
    public required string KernelArguments { get; init; }

    /// <summary>Returns the type of an architecture's machines.</summary>
    /// <exception cref="VirtualMachineException">There is none.</exception>
    public static MachineType Of(Architecture architecture) => architecture switch
    {
        Architecture.X64 => s_microvm,
        Architecture.Arm64 => s_virt,
        _ => throw new VirtualMachineException($"There are no machines with a processor of {architecture}, only x86-64 and arm64."),
    };
}
