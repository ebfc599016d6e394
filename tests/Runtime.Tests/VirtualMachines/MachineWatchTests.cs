using Islet.VirtualMachines.Qemu;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.Tests.VirtualMachines;

/// <summary>The conditions under which a machine counts as hanging, tick by tick.</summary>
public sealed class MachineWatchTests
{
    private readonly Signs _machine = new();
    private readonly MachineWatch _watch;

    public MachineWatchTests() => _watch = new MachineWatch(_machine);

    [Fact]
    public void An_idle_guest_that_answers_is_asked_now_and_then_and_never_ended()
    {
        _machine.Answers = true;
        Assert.Null(TickUntilHang(1000));
        Assert.InRange(_machine.Asked, 1, 1000 / MachineWatch.IdleTicks);
    }

    [Fact]
    public void A_guest_that_leaves_a_question_unanswered_hangs()
    {
        int ticks = 0;
        Assert.Contains("agent", TickUntilHang(100, () => ticks++), StringComparison.Ordinal);
        Assert.Equal(1, _machine.Asked);
        Assert.Equal(MachineWatch.IdleTicks + MachineWatch.GuestTicks, ticks);
    }

    [Fact]
    public void A_guest_that_was_just_told_something_is_asked_at_once()
    {
        int ticks = 0;
        _watch.Tick();
        _machine.SentToGuest++;
        Assert.NotNull(TickUntilHang(100, () => ticks++));
        Assert.Equal(1 + MachineWatch.GuestTicks, ticks);
    }

    [Fact]
    public void A_paused_guest_is_not_expected_to_answer()
    {
        _machine.IsGuestExpected = false;
        Assert.Null(TickUntilHang(1000));
        Assert.Equal(0, _machine.Asked);

        // The silence before the pause does not count after it.
        _machine.IsGuestExpected = true;
        Assert.Null(TickUntilHang(MachineWatch.IdleTicks + MachineWatch.GuestTicks - 1));
        _machine.IsGuestExpected = false;
        Assert.Null(_watch.Tick());
        _machine.IsGuestExpected = true;
        Assert.Null(TickUntilHang(MachineWatch.IdleTicks + MachineWatch.GuestTicks - 1));
    }

    [Fact]
    public void A_guest_whose_host_has_no_processor_for_it_is_given_the_time_that_it_lacks()
    {
        int ticks = 0;
        _machine.Condition = new ProcessCondition(false, 0);
        Assert.Null(TickUntilHang(1000));
        _machine.Condition = new ProcessCondition(false, 0.25);
        Assert.NotNull(TickUntilHang(1000, () => ticks++));
        Assert.Equal(4 * MachineWatch.GuestTicks, ticks);
    }

    [Fact]
    public void A_stopped_process_hangs_after_three_ticks_and_not_when_it_was_let_go_on()
    {
        _machine.Condition = new ProcessCondition(true, 0);
        Assert.Null(TickUntilHang(MachineWatch.StoppedTicks - 1));
        _machine.Condition = ProcessCondition.Free;
        Assert.Null(_watch.Tick());
        _machine.Condition = new ProcessCondition(true, 0);
        Assert.Null(TickUntilHang(MachineWatch.StoppedTicks - 1));
        Assert.Contains("SIGSTOP", _watch.Tick(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_process_of_a_paused_machine_is_nobodys_trouble_until_something_is_asked_of_it()
    {
        _machine.IsGuestExpected = false;
        _machine.Condition = new ProcessCondition(true, 0);
        Assert.Null(TickUntilHang(100));
        _machine.IsQemuExpected = true;
        Assert.NotNull(TickUntilHang(MachineWatch.StoppedTicks));
    }

    [Fact]
    public void A_monitor_that_does_not_answer_hangs_and_one_that_says_anything_does_not()
    {
        _machine.IsGuestExpected = false;
        _machine.IsQemuExpected = _machine.IsMonitorExpected = true;
        for (int i = 0; i < 10; i++)
        {
            Assert.Null(TickUntilHang(MachineWatch.MonitorTicks));
            _machine.HeardFromMonitor++;
        }

        Assert.Contains("monitor", TickUntilHang(MachineWatch.MonitorTicks + 2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4242 (qemu-system-x86) S 1 4242", 'S')]
    [InlineData("4242 (a) T (b) T 1 4242", 'T')]
    [InlineData("4242 (a", ' ')]
    [InlineData("", ' ')]
    public void The_state_of_a_process_is_read_behind_its_name(string stat, char state) =>
        Assert.Equal(state, ProcessObservation.StateOf(stat));

    [Fact]
    public void This_process_is_not_stopped_and_one_that_is_gone_is_kept_by_nothing()
    {
        var observation = new ProcessObservation(Environment.ProcessId);
        observation.Look();
        Assert.False(observation.Look().IsStopped);
        Assert.Equal(ProcessCondition.Free, new ProcessObservation(int.MaxValue).Look());
    }

    private string? TickUntilHang(int ticks, Action? ticked = null)
    {
        for (int i = 0; i < ticks; i++)
        {
            ticked?.Invoke();
            if (_watch.Tick() is { } hang)
                return hang;
        }

        return null;
    }

    private sealed class Signs : IMachineSigns
    {
        public bool Answers { get; set; }

        public int Asked { get; private set; }

        public bool IsGuestExpected { get; set; } = true;

        public bool IsQemuExpected { get; set; }

        public bool IsMonitorExpected { get; set; }

        public long HeardFromGuest { get; set; }

        public long SentToGuest { get; set; }

        public long HeardFromMonitor { get; set; }

        public ProcessCondition Condition { get; set; } = ProcessCondition.Free;

        public void AskGuest()
        {
            Asked++;
            SentToGuest++;
            if (Answers)
                HeardFromGuest++;
        }

        public ProcessCondition LookAtProcess() => Condition;
    }
}
