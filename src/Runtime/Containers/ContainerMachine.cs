using Islet.Containers;

namespace Islet;

/// <summary>The machine of a container. A checkpoint or a roll-back replaces the machine, and this then describes the new one.</summary>
public sealed class ContainerMachine
{
    private readonly ContainerCore _core;

    internal ContainerMachine(ContainerCore core) => _core = core;

    /// <summary>The id of the host's process that runs the machine.</summary>
    public int ProcessId => _core.Machine.ProcessId;

    /// <summary>The technique that runs the machine: <c>KVM</c>, <c>TCG</c>.</summary>
    public string Accelerator => _core.Machine.Accelerator;

    /// <summary>
    /// The program of the host that runs the container's programs in the machine, if they are for another architecture than the machine's
    /// (<see cref="Emulation.UserMode"/>).
    /// </summary>
    public string? TranslatorPath => _core.Blueprint.Translator?.Path;

    /// <summary>Returns the last lines of the machine's console: messages of its kernel and agent.</summary>
    /// <param name="lines">The most lines to return.</param>
    public IReadOnlyList<string> ReadConsoleTail(int lines = 50) => _core.Machine.ReadConsoleTail(lines);
}
