using System.Runtime.InteropServices;
using Islet.Description;
using Islet.VirtualMachines;

namespace Islet.Engine;

/// <summary>Chooses the machine for a platform's programs: one whose kernel runs them, or one with a translator for them.</summary>
/// <param name="paths">The kernel and the initramfs that the settings name.</param>
/// <param name="cacheDirectory">The cache directory, for the initramfs with a translator.</param>
internal sealed class GuestChooser(GuestPaths paths, string cacheDirectory)
{
    private readonly TranslatorInitramfs _initramfs = new(cacheDirectory);

    /// <summary>Returns whether machines for a platform can run here, and if not, why and what to do.</summary>
    public BackendSupport SupportFor(IVirtualMachineBackend backend, Platform platform, Emulation emulation) =>
        Choose(backend, platform, emulation, kernelPath: null).Support;

    /// <summary>Returns the files of the machine for a container.</summary>
    /// <exception cref="HostUnsupportedException">The container's platform can't run here.</exception>
    /// <exception cref="StorageException">The initramfs with a translator can't be made.</exception>
    public GuestArtifacts Locate(IVirtualMachineBackend backend, ContainerOptions options)
    {
        Candidate chosen = Choose(backend, options.Platform, options.Emulation, options.KernelPath);
        if (chosen.Guest is not { } guest)
            throw new HostUnsupportedException($"{options.Image} can't run as {options.Platform} here. {chosen.Support.Reason}");
        if (guest.Translator is null && options.Seccomp is not null && options.Platform.Architecture == "386")
        {
            throw new HostUnsupportedException(
                $"{options.Image} can't run as {options.Platform} with WithSeccomp: such a profile denies all system calls of 32-bit "
                + "programs.");
        }

        return guest.Translator is { } translator
            ? guest with { InitramfsPath = _initramfs.Prepare(guest.InitramfsPath, translator) }
            : guest;
    }

    private Candidate Choose(IVirtualMachineBackend backend, Platform platform, Emulation emulation, string? kernelPath)
    {
        Architecture host = RuntimeInformation.OSArchitecture;
        if (platform.IsHosts)
            return InMachine(backend, host, kernelPath);

        Func<Candidate> userMode = () => WithTranslator(backend, platform, kernelPath);
        Func<Candidate> system = () => platform.MachineArchitecture is { } architecture
            ? InMachine(backend, architecture, kernelPath)
            : new Candidate(null, BackendSupport.Unsupported(
                $"There are machines for {Platform.LinuxAmd64} and {Platform.LinuxArm64}, not for {platform}."));
        Func<Candidate>[] ways = emulation switch
        {
            Emulation.UserMode => [userMode],
            Emulation.System => [system],
            _ => backend.IsAccelerated(host) ? [userMode, system] : [system, userMode],
        };
        List<string> reasons = [];
        foreach (Func<Candidate> way in ways)
        {
            Candidate candidate = way();
            if (candidate.Guest is not null)
                return candidate;
            reasons.Add(candidate.Support.Reason);
        }

        return new Candidate(null, BackendSupport.Unsupported(string.Join(" Or: ", reasons)));
    }

    private Candidate InMachine(IVirtualMachineBackend backend, Architecture architecture, string? kernelPath)
    {
        var guest = GuestArtifacts.Of(paths, kernelPath, architecture);
        BackendSupport support = backend.SupportFor(architecture);
        if (support.IsSupported && guest.FindFault() is { } fault)
            support = BackendSupport.Unsupported(fault);
        return new Candidate(support.IsSupported ? guest : null, support);
    }

    private Candidate WithTranslator(IVirtualMachineBackend backend, Platform platform, string? kernelPath)
    {
        Candidate machine = InMachine(backend, RuntimeInformation.OSArchitecture, kernelPath);
        if (machine.Guest is not { } guest)
            return machine;
        return Translator.Find(platform, Environment.GetEnvironmentVariable("PATH") ?? "", out string reason) is { } translator
            ? new Candidate(
                guest with { Translator = translator },
                BackendSupport.Supported($"{machine.Support.Reason}; {translator.Path} translates programs for {platform}"))
            : new Candidate(null, BackendSupport.Unsupported(reason));
    }

    /// <summary>A way to run a platform's programs.</summary>
    /// <param name="Guest">The machine's files; <see langword="null"/> if the way is not open.</param>
    /// <param name="Support">The means, or the reason.</param>
    private sealed record Candidate(GuestArtifacts? Guest, BackendSupport Support);
}
