namespace Islet;

/// <summary>
/// The state of a container: <c>Created → Running → (Paused ⇄ Running), (Checkpointed ⇄ Running) → Stopped → Deleted</c>.
/// </summary>
public enum ContainerState
{
    /// <summary>The machine is being prepared; the container's process has not been started.</summary>
    Created,

    /// <summary>The container's process runs.</summary>
    Running,

    /// <summary>The whole machine stands still.</summary>
    Paused,

    /// <summary>
    /// The container stands still while a checkpoint of it is taken, or while it is rolled back to one. It runs again when that is done,
    /// and also if that fails.
    /// </summary>
    Checkpointed,

    /// <summary>
    /// The container's process has ended, or its machine has crashed. As long as the machine lives, its files can be read and the process
    /// can be started again.
    /// </summary>
    Stopped,

    /// <summary>The container was disposed, and nothing of it is left.</summary>
    Deleted,
}
