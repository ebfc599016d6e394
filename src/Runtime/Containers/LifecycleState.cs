using Islet.Starting;

namespace Islet.Containers;

/// <summary>A state of a container, with what is alive in it: the machine, and the run of the container's process.</summary>
/// <param name="Machine">The machine. In <see cref="Deleted"/>, the last one, for evidence.</param>
/// <param name="Run">The run of the container's process: the present one, or the last.</param>
internal abstract record LifecycleState(MachineConnection Machine, ProcessRun Run)
{
    /// <summary>The state's public name.</summary>
    public abstract ContainerState Name { get; }

    /// <summary>The machine runs; the container's process has not been started.</summary>
    public sealed record Created(MachineConnection Machine, ProcessRun Run) : LifecycleState(Machine, Run)
    {
        public override ContainerState Name => ContainerState.Created;
    }

    /// <summary>The container's process runs.</summary>
    public sealed record Running(MachineConnection Machine, ProcessRun Run) : LifecycleState(Machine, Run)
    {
        public override ContainerState Name => ContainerState.Running;
    }

    /// <summary>The whole machine stands still.</summary>
    public sealed record Paused(MachineConnection Machine, ProcessRun Run) : LifecycleState(Machine, Run)
    {
        public override ContainerState Name => ContainerState.Paused;
    }

    /// <summary>The machine is being saved, or another machine is about to replace it.</summary>
    public sealed record Checkpointed(MachineConnection Machine, ProcessRun Run) : LifecycleState(Machine, Run)
    {
        public override ContainerState Name => ContainerState.Checkpointed;
    }

    /// <summary>The container's process has ended, or its machine has.</summary>
    public sealed record Stopped(MachineConnection Machine, ProcessRun Run) : LifecycleState(Machine, Run)
    {
        public override ContainerState Name => ContainerState.Stopped;
    }

    /// <summary>The container was disposed.</summary>
    public sealed record Deleted(MachineConnection Machine, ProcessRun Run) : LifecycleState(Machine, Run)
    {
        public override ContainerState Name => ContainerState.Deleted;
    }
}
