// The namespace in which an AppHost finds resource types and annotations anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting.ApplicationModel;

/// <summary>The names of the commands that a container in a micro-VM has beside start, stop and restart.</summary>
public static class MicroVmCommands
{
    /// <summary>Freezes memory and disk together, in place of what was frozen before, and lets the container go on.</summary>
    public const string Checkpoint = "microvm-checkpoint";

    /// <summary>Puts memory and disk back to what <see cref="Checkpoint"/> has frozen, at the same ports.</summary>
    public const string RollBack = "microvm-roll-back";

    /// <summary>Starts a second container in the present state, with ports of its own: a <see cref="MicroVmForkResource"/>.</summary>
    public const string Fork = "microvm-fork";
}
