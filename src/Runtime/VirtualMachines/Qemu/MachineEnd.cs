using Islet.Native.Posix;

namespace Islet.VirtualMachines.Qemu;

/// <summary>The observations at the end of a machine, and their meaning.</summary>
internal sealed record MachineEnd
{
    private const string PanicMark = "Kernel panic - not syncing";
    private const string ProgramName = "qemu-system-";

    /// <summary>The exit status of the process, if it is known.</summary>
    public ExitStatus? Status { get; init; }

    /// <summary>The last lines of QEMU's standard error.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>The last lines of the guest's console.</summary>
    public IReadOnlyList<string> Console { get; init; } = [];

    /// <summary>
    /// The reason in the monitor's <c>SHUTDOWN</c> event: <c>guest-reset</c>, <c>host-qmp-quit</c> …; empty if there was no such event.
    /// </summary>
    public string ShutdownReason { get; init; } = "";

    /// <summary>Whether the machine's owner had asked for the end.</summary>
    public bool Requested { get; init; }

    /// <summary>Whether the agent had been up.</summary>
    public bool AgentWasUp { get; init; }

    /// <summary>Returns the meaning.</summary>
    public VirtualMachineExit ToExit()
    {
        if (Panic() is { } panic)
            return new VirtualMachineExit(true, $"The guest kernel panicked: {panic}.");

        // Both are ways in which a guest without a power button ends itself: -no-reboot makes a reset the end.
        if (ShutdownReason is "guest-reset" or "guest-shutdown")
        {
            return AgentWasUp || Requested
                ? new VirtualMachineExit(false, "The guest powered off.")
                : new VirtualMachineExit(
                    true, "The guest restarted before its agent was there; the kernel or the initramfs may not fit this machine.");
        }

        if (Requested)
            return new VirtualMachineExit(false, "The machine was ended by its owner.");
        return new VirtualMachineExit(
            true, $"QEMU {Status?.ToString() ?? "ended"}{(ErrorText() is { Length: > 0 } text ? ": " + text : "")}.");
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
