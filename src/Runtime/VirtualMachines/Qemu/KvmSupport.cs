using System.Runtime.InteropServices;

namespace Islet.VirtualMachines.Qemu;

/// <summary>
/// Detects whether KVM is usable here. The existence of <c>/dev/kvm</c> is no proof: on a host whose KVM is emulated in software, ordinary
/// guest kernels hang in it. Such a host shows no virtualization flag in <c>/proc/cpuinfo</c>.
/// </summary>
internal static class KvmSupport
{
    private const string Device = "/dev/kvm";
    private const string CpuInformation = "/proc/cpuinfo";

    /// <summary>Chooses KVM where it is usable, otherwise TCG, with the reason.</summary>
    public static Accelerator Detect() =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
            ? Choose(File.ReadAllText(CpuInformation), OpenDevice)
            : new Accelerator(
                false,
                $"KVM for x86-64 guests does not exist on {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");

    /// <summary>Chooses by the properties of the host.</summary>
    /// <param name="cpuInformation">The text of <c>/proc/cpuinfo</c>.</param>
    /// <param name="openDevice">
    /// Opens <c>/dev/kvm</c> for reading and writing. Returns the reason if that failed, otherwise <see langword="null"/>.
    /// </param>
    internal static Accelerator Choose(string cpuInformation, Func<string?> openDevice)
    {
        if (FlagIn(cpuInformation) is not { } flag)
            return new Accelerator(false, $"the processor shows no hardware virtualization (no vmx or svm in {CpuInformation})");
        if (openDevice() is { } refusal)
            return new Accelerator(false, $"{Device} can't be used: {refusal}");
        return new Accelerator(true, $"the processor has {flag} and {Device} can be opened");
    }

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
            return "it does not exist. Load the module kvm_intel or kvm_amd";
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
