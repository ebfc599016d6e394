using Islet.VirtualMachines.Qemu;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class KvmSupportTests
{
    [Theory]
    [InlineData("vmx")]
    [InlineData("svm")]
    public void Choose_flag_and_device_are_there_takes_kvm(string flag)
    {
        Accelerator chosen = KvmSupport.Choose($"processor\t: 0\nflags\t\t: fpu sse2 {flag} avx\n", () => null);

        Assert.True(chosen.IsKvm);
        Assert.Contains(flag, chosen.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_no_flag_takes_tcg_without_touching_the_device()
    {
        Accelerator chosen = KvmSupport.Choose("flags\t\t: fpu sse2 avx\n", () => throw new InvalidOperationException("opened"));

        Assert.False(chosen.IsKvm);
        Assert.Contains("no vmx or svm", chosen.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flags\t\t: fpu vmxnet svmish\n")]
    [InlineData("vmx flags\t\t: ept vpid\nmodel name\t: vmx svm\n")]
    [InlineData("")]
    public void Choose_what_only_looks_like_the_flag_takes_tcg(string cpuInformation) =>
        Assert.False(KvmSupport.Choose(cpuInformation, () => null).IsKvm);

    [Fact]
    public void Choose_device_is_refused_takes_tcg_and_says_why()
    {
        Accelerator chosen = KvmSupport.Choose("flags : vmx\n", () => "permission denied. Add your user to the group 'kvm'");

        Assert.Equal("TCG", chosen.Name);
        Assert.Contains("group 'kvm'", chosen.Reason, StringComparison.Ordinal);
    }
}
