// This is the namespace in which an AppHost finds resource types and annotations anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// The names of the commands, and of their arguments, that a container in a micro-VM has in addition to start, stop and restart.
/// </summary>
public static class MicroVmCommands
{
    /// <summary>Saves memory and disk together as a checkpoint; the container continues. It takes a <see cref="NameArgument"/>.</summary>
    public const string Checkpoint = "microvm-checkpoint";

    /// <summary>Puts memory and disk back to a checkpoint, at the same ports. It takes a <see cref="CheckpointArgument"/>.</summary>
    public const string RollBack = "microvm-roll-back";

    /// <summary>
    /// Starts more containers from the current state, each with its own ports: <see cref="MicroVmForkResource"/>. It takes a
    /// <see cref="CountArgument"/>.
    /// </summary>
    public const string Fork = "microvm-fork";

    /// <summary>Opens a shell in the container, in the dashboard's terminal. The image must have <c>/bin/sh</c>.</summary>
    public const string Shell = "microvm-shell";

    /// <summary>Ends a fork, if it runs, and removes it from the dashboard.</summary>
    public const string Remove = "microvm-remove";

    /// <summary>
    /// The argument of <see cref="Checkpoint"/>: the name of the checkpoint, <c>checkpoint</c> by default. An earlier one of that name is
    /// replaced.
    /// </summary>
    public const string NameArgument = "name";

    /// <summary>The argument of <see cref="RollBack"/>: the name of a checkpoint, the newest by default.</summary>
    public const string CheckpointArgument = "checkpoint";

    /// <summary>The argument of <see cref="Fork"/>: the number of forks, from 1 to 16; 1 by default.</summary>
    public const string CountArgument = "count";
}
