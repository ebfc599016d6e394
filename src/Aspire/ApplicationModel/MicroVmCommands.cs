// The namespace in which an AppHost finds resource types and annotations anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting.ApplicationModel;

/// <summary>The names of the commands that a container in a micro-VM has next to start, stop and restart, and of their arguments.</summary>
public static class MicroVmCommands
{
    /// <summary>Freezes memory and disk together, and lets the container go on. It takes a <see cref="NameArgument"/>.</summary>
    public const string Checkpoint = "microvm-checkpoint";

    /// <summary>Puts memory and disk back to a checkpoint, at the same ports. It takes a <see cref="CheckpointArgument"/>.</summary>
    public const string RollBack = "microvm-roll-back";

    /// <summary>
    /// Starts further containers in the present state, with ports of their own: <see cref="MicroVmForkResource"/>. It takes a
    /// <see cref="CountArgument"/>.
    /// </summary>
    public const string Fork = "microvm-fork";

    /// <summary>Opens a shell in the container, in the dashboard's terminal. It takes an image that has <c>/bin/sh</c>.</summary>
    public const string Shell = "microvm-shell";

    /// <summary>Ends a fork, if it runs, and takes it out of the dashboard.</summary>
    public const string Remove = "microvm-remove";

    /// <summary>The argument of <see cref="Checkpoint"/>: its name, <c>checkpoint</c> by default. An earlier one of that name is replaced.</summary>
    public const string NameArgument = "name";

    /// <summary>The argument of <see cref="RollBack"/>: the name of a checkpoint, the newest by default.</summary>
    public const string CheckpointArgument = "checkpoint";

    /// <summary>The argument of <see cref="Fork"/>: how many forks, from 1 to 16; 1 by default.</summary>
    public const string CountArgument = "count";
}
