namespace Islet;

/// <summary>
/// The error that this host can't run machines, or not of the kind that was asked for: QEMU, the kernel or the agent is missing, or the
/// image is for an architecture that can't be run here. <see cref="ContainerRuntime.SupportFor(Platform, Emulation)"/> tells the reason
/// without a start.
/// </summary>
public sealed class HostUnsupportedException : IsletException
{
    internal HostUnsupportedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
