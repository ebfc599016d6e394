using System.Runtime.InteropServices;
using Islet.VirtualMachines.Qemu;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class KvmSupportTests
{
    [Theory]
    [InlineData("vmx")]
    [InlineData("svm")]
    public void Choose_flag_and_device_are_there_takes_kvm(string flag)
    {
        Accelerator chosen = Choose($"processor\t: 0\nflags\t\t: fpu sse2 {flag} avx\n", () => null);

        Assert.True(chosen.IsKvm);
        Assert.Contains(flag, chosen.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_no_flag_takes_tcg_without_touching_the_device()
    {
        Accelerator chosen = Choose("flags\t\t: fpu sse2 avx\n", () => throw new InvalidOperationException("opened"));

        Assert.False(chosen.IsKvm);
        Assert.Contains("no vmx or svm", chosen.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flags\t\t: fpu vmxnet svmish\n")]
    [InlineData("vmx flags\t\t: ept vpid\nmodel name\t: vmx svm\n")]
    [InlineData("")]
    public void Choose_what_only_looks_like_the_flag_takes_tcg(string cpuInformation) =>
        Assert.False(Choose(cpuInformation, () => null).IsKvm);

    [Fact]
    public void Choose_device_is_refused_takes_tcg_and_says_why()
    {
        Accelerator chosen = Choose("flags : vmx\n", () => "permission denied. Add your user to the group 'kvm'");

        Assert.Equal("TCG", chosen.Name);
        Assert.Contains("group 'kvm'", chosen.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Architecture.Arm64, Architecture.X64, "the host's processor is x86-64, so the instructions for arm64 are translated")]
    [InlineData(Architecture.X64, Architecture.Arm64, "the host's processor is arm64, so the instructions for x86-64 are translated")]
    public void Choose_guest_of_another_architecture_takes_tcg_without_touching_the_device(
        Architecture guest, Architecture host, string reason)
    {
        Accelerator chosen = KvmSupport.Choose(guest, host, () => "flags : vmx\n", () => throw new InvalidOperationException("opened"));

        Assert.False(chosen.IsKvm);
        Assert.Equal(reason, chosen.Reason);
    }

    [Fact]
    public void Choose_arm64_on_arm64_goes_by_the_device_alone()
    {
        Accelerator ChooseWith(string? refusal) => KvmSupport.Choose(
            Architecture.Arm64, Architecture.Arm64, () => throw new InvalidOperationException("read"), () => refusal);

        Assert.True(ChooseWith(null).IsKvm);
        Assert.Equal("/dev/kvm can't be used: permission denied", ChooseWith("permission denied").Reason);
    }

    private static Accelerator Choose(string cpuInformation, Func<string?> openDevice) =>
        KvmSupport.Choose(Architecture.X64, Architecture.X64, () => cpuInformation, openDevice);
}
