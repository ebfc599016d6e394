using System.Runtime.InteropServices;
using Islet.Description;
using Islet.Engine;
using Islet.Tests.Images;
using Islet.VirtualMachines;

namespace Islet.Tests.Engine;

public sealed class GuestChooserTests : IDisposable
{
    private static readonly Platform s_other = Platform.Host == Platform.LinuxArm64 ? Platform.LinuxAmd64 : Platform.LinuxArm64;

    private readonly TemporaryDirectory _directory = new();
    private readonly GuestChooser _chooser;

    public GuestChooserTests()
    {
        string file = Path.Combine(_directory.Path, "guest");
        File.WriteAllText(file, "guest");
        _chooser = new GuestChooser(new GuestPaths(file, file), Path.Combine(_directory.Path, "cache"));
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_hosts_own_programs_need_neither_emulation_nor_a_translator(bool isAccelerated)
    {
        foreach (Emulation emulation in Enum.GetValues<Emulation>())
        {
            GuestArtifacts guest = _chooser.Locate(new Backend(isAccelerated), Options(Platform.Host, emulation));
            Assert.Equal((RuntimeInformation.OSArchitecture, null), (guest.Architecture, guest.Translator));
        }
    }

    [Theory]
    [InlineData(true, Emulation.Automatic)]
    [InlineData(false, Emulation.Automatic)]
    [InlineData(false, Emulation.UserMode)]
    public void A_machine_of_the_host_gets_a_translator_where_it_is_faster_or_the_only_way_or_asked_for(
        bool isAccelerated, Emulation emulation)
    {
        Assert.SkipWhen(Translator.Find(s_other, Environment.GetEnvironmentVariable("PATH") ?? "", out string why) is null, why);
        GuestArtifacts guest = _chooser.Locate(new Backend(isAccelerated), Options(s_other, emulation));
        Assert.Equal(RuntimeInformation.OSArchitecture, guest.Architecture);
        Assert.NotNull(guest.Translator);
        Assert.EndsWith(".cpio", guest.InitramfsPath, StringComparison.Ordinal);
    }

    [Fact]
    public void An_emulated_machine_that_is_asked_for_and_missing_is_not_replaced_by_a_translator()
    {
        var error = Assert.Throws<HostUnsupportedException>(() => _chooser.Locate(new Backend(true), Options(s_other, Emulation.System)));
        Assert.Contains("no machines for the other one here", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_way_the_reason_names_each()
    {
        BackendSupport support = _chooser.SupportFor(new Backend(false), Platform.Parse("linux/mips"), Emulation.Automatic);
        Assert.False(support.IsSupported);
        Assert.Equal(
            "There are machines for linux/amd64 and linux/arm64, not for linux/mips. Or: No translator is known for linux/mips.",
            support.Reason);
    }

    private static ContainerOptions Options(Platform platform, Emulation emulation) =>
        new() { Image = ImageReference.Parse("any"), Platform = platform, Emulation = emulation };

    /// <summary>A host with machines of its own architecture only. No test host has an accelerator.</summary>
    private sealed class Backend(bool isAccelerated) : IVirtualMachineBackend
    {
        public string Name => "test";

        public BackendSupport SupportFor(Architecture architecture) => architecture == RuntimeInformation.OSArchitecture
            ? BackendSupport.Supported("test")
            : BackendSupport.Unsupported("There are no machines for the other one here.");

        public bool IsAccelerated(Architecture architecture) => isAccelerated;

        public ValueTask<IVirtualMachine> StartAsync(
            VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public string GetShape(VirtualMachineOptions options) => throw new NotSupportedException();

        public ValueTask<IVirtualMachine> RestoreAsync(
            VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, StartupTimeline timeline,
            CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IPooledMachine> PrepareAsync(
            VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<IWaitingMachine> SpawnAsync(
            VirtualMachineOptions options, string memoryPath, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
