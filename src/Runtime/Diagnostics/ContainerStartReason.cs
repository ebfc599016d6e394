namespace Islet;

/// <summary>The part of a start that failed. See <see cref="ContainerStartException.Reason"/>.</summary>
public enum ContainerStartReason
{
    /// <summary>The image could not be obtained, or its content is invalid. The exception is an <see cref="ImageException"/>.</summary>
    Image,

    /// <summary>One of Islet's own directories, or a file of the host that is copied, could not be read or written.</summary>
    Storage,

    /// <summary>The machine did not start, ended, or its agent refused a call.</summary>
    Machine,

    /// <summary>The checkpoint is damaged, gone, or was taken with another QEMU than the present one.</summary>
    Checkpoint,

    /// <summary>A port of the host is taken. The exception is a <see cref="PortUnavailableException"/>.</summary>
    Port,

    /// <summary>A file could not be written into the container.</summary>
    Files,

    /// <summary>The container's program, its user or its directory does not exist, or the program can't be run.</summary>
    Process,

    /// <summary>
    /// The container can't become ready: it exited, is unhealthy, or the wait can't be carried out. The exception is a
    /// <see cref="WaitFailedException"/>.
    /// </summary>
    Wait,

    /// <summary>The start timeout, or the timeout of a wait, is over.</summary>
    Timeout,

    /// <summary>The caller's own code failed: a startup callback, or the description or the seed of a fixture.</summary>
    CallersCode,
}
