using Islet.Native.Posix;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class MachineEndTests
{
    [Fact]
    public void ToExit_killed_by_a_signal_is_a_crash_that_names_it()
    {
        VirtualMachineExit exit = new MachineEnd { Status = new ExitStatus(9), AgentWasUp = true }.ToExit();

        Assert.Equal(new VirtualMachineExit(true, "QEMU was killed by signal 9 (SIGKILL)."), exit);
    }

    [Fact]
    public void ToExit_failed_with_a_message_carries_it_without_the_programs_name()
    {
        VirtualMachineExit exit = new MachineEnd
        {
            Status = new ExitStatus(1 << 8),
            Errors = ["qemu-system-x86_64: could not load kernel '/k/vmlinux': Exec format error"],
        }.ToExit();

        Assert.Equal("QEMU exited with code 1: could not load kernel '/k/vmlinux': Exec format error.", exit.Description);
    }

    [Fact]
    public void ToExit_panic_is_a_crash_with_the_kernels_words()
    {
        VirtualMachineExit exit = new MachineEnd
        {
            Status = new ExitStatus(0),
            ShutdownReason = "guest-reset",
            AgentWasUp = true,
            Console = ["[    0.7] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000300", "Call Trace:"],
        }.ToExit();

        Assert.Equal(new VirtualMachineExit(true, "The guest kernel panicked: Attempted to kill init! exitcode=0x00000300."), exit);
    }

    [Fact]
    public void ToExit_reset_of_a_guest_whose_agent_was_up_is_a_power_off() =>
        Assert.Equal(
            new VirtualMachineExit(false, "The guest powered off."),
            new MachineEnd { Status = new ExitStatus(0), ShutdownReason = "guest-reset", AgentWasUp = true }.ToExit());

    [Fact]
    public void ToExit_reset_before_the_agent_was_up_is_a_crash() =>
        Assert.True(new MachineEnd { Status = new ExitStatus(0), ShutdownReason = "guest-reset" }.ToExit().Crashed);

    [Fact]
    public void ToExit_end_that_was_asked_for_is_no_crash() =>
        Assert.False(new MachineEnd { Status = new ExitStatus(9), Requested = true }.ToExit().Crashed);

    [Fact]
    public void ToExit_panic_while_powering_off_is_still_a_crash() =>
        Assert.True(new MachineEnd
        {
            Requested = true,
            AgentWasUp = true,
            ShutdownReason = "guest-reset",
            Console = ["Kernel panic - not syncing: x"],
        }.ToExit().Crashed);

    [Fact]
    public void ToExit_status_unknown_is_still_a_sentence() =>
        Assert.Equal("QEMU ended.", new MachineEnd().ToExit().Description);
}
