using System.Runtime.InteropServices;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// Detects whether KVM is usable here, for guests of the host's own architecture. On x86-64, the existence of <c>/dev/kvm</c> is no proof:
/// on a host whose KVM is emulated in software, ordinary guest kernels hang in it. Such a host shows no virtualization flag in
/// <c>/proc/cpuinfo</c>. On arm64 there is no such flag; there the kernel has the device only if it was started with the processor's
/// virtualization.
/// </summary>
/// <remarks>On an arm64 host with KVM, Islet has never been run.</remarks>
internal static class KvmSupport
{
    private const string Device = "/dev/kvm";
    private const string CpuInformation = "/proc/cpuinfo";

    /// <summary>Chooses KVM where it is usable, otherwise TCG, with the reason.</summary>
    /// <param name="architecture">The architecture of the guests.</param>
    public static Accelerator Detect(Architecture architecture) =>
        OperatingSystem.IsLinux()
            ? Choose(architecture, RuntimeInformation.OSArchitecture, () => File.ReadAllText(CpuInformation), OpenDevice)
            : new Accelerator(false, $"KVM does not exist on {RuntimeInformation.OSDescription}");

    /// <summary>Chooses by the properties of the host.</summary>
    /// <param name="guest">The architecture of the guests.</param>
    /// <param name="host">The architecture of the host.</param>
    /// <param name="cpuInformation">Returns the text of <c>/proc/cpuinfo</c>.</param>
    /// <param name="openDevice">
    /// Opens <c>/dev/kvm</c> for reading and writing. Returns the reason if that failed, otherwise <see langword="null"/>.
    /// </param>
    internal static Accelerator Choose(Architecture guest, Architecture host, Func<string> cpuInformation, Func<string?> openDevice)
    {
        if (guest != host)
            return new Accelerator(
                false, $"the host's processor is {NameOf(host)}, so the instructions for {NameOf(guest)} are translated");
        return host == Architecture.Arm64 ? ChooseByDevice(openDevice) : ChooseByFlag(cpuInformation(), openDevice);
    }

    private static Accelerator ChooseByDevice(Func<string?> openDevice) => openDevice() is { } refusal
        ? new Accelerator(false, $"{Device} can't be used: {refusal}")
        : new Accelerator(true, $"{Device} can be opened");

    private static Accelerator ChooseByFlag(string cpuInformation, Func<string?> openDevice)
    {
        if (FlagIn(cpuInformation) is not { } flag)
            return new Accelerator(false, $"the processor shows no hardware virtualization (no vmx or svm in {CpuInformation})");
        if (openDevice() is { } refusal)
            return new Accelerator(false, $"{Device} can't be used: {refusal}");
        return new Accelerator(true, $"the processor has {flag} and {Device} can be opened");
    }

    private static string NameOf(Architecture architecture) => architecture == Architecture.Arm64 ? "arm64" : "x86-64";

    private static string? FlagIn(string cpuInformation)
    {
        foreach (ReadOnlySpan<char> line in cpuInformation.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith("flags"))
                continue;
            foreach (Range range in line.SplitAny(' ', '\t', ':'))
            {
                if (line[range] is "vmx" or "svm")
                    return line[range].ToString();
            }
        }

        return null;
    }

    private static string? OpenDevice()
    {
        try
        {
            File.OpenHandle(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
            return null;
        }
        catch (FileNotFoundException)
        {
            return RuntimeInformation.OSArchitecture == Architecture.X64
                ? "it does not exist. Load the module kvm_intel or kvm_amd"
                : "it does not exist";
        }
        catch (UnauthorizedAccessException)
        {
            return "permission denied. Add your user to the group 'kvm'";
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }
}
