namespace Islet.Containers;

/// <summary>Where a container is in its life: <c>Created → Running → (Paused ⇄ Running) → Stopped → Deleted</c>.</summary>
public enum ContainerState
{
    /// <summary>The machine is being prepared; the container's process has not been started.</summary>
    Created,

    /// <summary>The container's process runs.</summary>
    Running,

    /// <summary>The whole machine stands still.</summary>
    Paused,

    /// <summary>The container's process has ended, or its machine has crashed. Its files can be read as long as the machine lives.</summary>
    Stopped,

    /// <summary>Nothing is left.</summary>
    Deleted,
}
