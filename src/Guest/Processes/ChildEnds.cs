using Islet.Guest.Linux;

namespace Islet.Guest.Processes;

/// <summary>The descriptors that a child inherits. The agent closes its copies as soon as the child has been forked.</summary>
internal sealed class ChildEnds : IDisposable
{
    private readonly Descriptor _report;
    private readonly Descriptor? _start;
    private Descriptor? _starter;
    private Descriptor? _stdin;
    private Descriptor? _stdout;
    private Descriptor? _stderr;

    public ChildEnds(Descriptor report, bool waitsForStart)
    {
        _report = report;
        if (waitsForStart)
            (_start, _starter) = Descriptor.Pipe();
    }

    /// <summary>Makes the pipes and returns the agent's ends. A terminal is made later, from inside the container.</summary>
    public (Descriptor? Input, Descriptor? Output, Descriptor? Error) OpenStandard(bool stdin, bool terminal)
    {
        if (terminal)
        {
            _stdin = Descriptor.Open("/dev/null", OpenFlags.ReadWrite);
            _stdout = _stdin.Duplicate();
            _stderr = _stdin.Duplicate();
            return default;
        }

        Descriptor? input = null;
        if (stdin)
            (_stdin, input) = Descriptor.Pipe();
        else
            _stdin = Descriptor.Open("/dev/null", OpenFlags.ReadOnly);
        (Descriptor output, _stdout) = Descriptor.Pipe();
        (Descriptor error, _stderr) = Descriptor.Pipe();
        return (input, output, error);
    }

    public ChildDescriptors Describe(Descriptor cgroup, Descriptor pidNamespace) =>
        new(_stdin!, _stdout!, _stderr!, _report, _start, cgroup, pidNamespace);

    /// <summary>Takes the agent's end of the start pipe, which the caller then owns; null when the child need not wait.</summary>
    public Descriptor? TakeStarter()
    {
        Descriptor? starter = _starter;
        _starter = null;
        return starter;
    }

    public void Dispose()
    {
        _report.Dispose();
        _start?.Dispose();
        _starter?.Dispose();
        _stdin?.Dispose();
        _stdout?.Dispose();
        _stderr?.Dispose();
    }
}
