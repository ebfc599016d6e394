using Islet.Native.Posix;

namespace Islet.VirtualMachines.Qemu;

/// <summary>What was seen when a machine ended, and what it means.</summary>
internal sealed record MachineEnd
{
    private const string PanicMark = "Kernel panic - not syncing";
    private const string ProgramName = "qemu-system-";

    /// <summary>How the process ended, if that could be learnt.</summary>
    public ExitStatus? Status { get; init; }

    /// <summary>The last lines of QEMU's standard error.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>The last lines of the guest's console.</summary>
    public IReadOnlyList<string> Console { get; init; } = [];

    /// <summary>The reason in the monitor's <c>SHUTDOWN</c> event: <c>guest-reset</c>, <c>host-qmp-quit</c> …; empty when none came.</summary>
    public string ShutdownReason { get; init; } = "";

    /// <summary>The machine's owner had asked for it.</summary>
    public bool Requested { get; init; }

    /// <summary>The agent had been there.</summary>
    public bool AgentWasUp { get; init; }

    /// <summary>The meaning.</summary>
    public VirtualMachineExit ToExit()
    {
        if (Panic() is { } panic)
            return new VirtualMachineExit(true, $"The guest kernel panicked: {panic}.");

        // Both are how a guest without a power button ends itself: -no-reboot makes a reset the end.
        if (ShutdownReason is "guest-reset" or "guest-shutdown")
        {
            return AgentWasUp || Requested
                ? new VirtualMachineExit(false, "The guest powered off.")
                : new VirtualMachineExit(true, "The guest restarted before its agent was there; the kernel or the initramfs may not fit this machine.");
        }

        if (Requested)
            return new VirtualMachineExit(false, "The machine was ended by its owner.");
        return new VirtualMachineExit(true, $"QEMU {Status?.ToString() ?? "ended"}{(ErrorText() is { Length: > 0 } text ? ": " + text : "")}.");
    }

    private string? Panic()
    {
        string? line = Console.LastOrDefault(line => line.Contains(PanicMark, StringComparison.Ordinal));
        return line?[(line.IndexOf(PanicMark, StringComparison.Ordinal) + PanicMark.Length)..].TrimStart(':', ' ');
    }

    // "qemu-system-x86_64: -kernel x: could not …" without the program's name.
    private string ErrorText() => string.Join(" ", Errors.Select(WithoutProgramName)).TrimEnd('.');

    private static string WithoutProgramName(string line)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        return line.StartsWith(ProgramName, StringComparison.Ordinal) && colon > 0 ? line[(colon + 2)..] : line;
    }
}
