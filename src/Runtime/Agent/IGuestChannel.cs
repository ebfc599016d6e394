using Grpc.Core;

namespace Islet.Agent;

/// <summary>
/// The connection to the agent of one guest: HTTP/2 over a virtio-serial port on QEMU, over vsock on Apple's framework. The host always
/// calls the guest, never the reverse: streams opened by the guest could not survive a restore.
/// </summary>
internal interface IGuestChannel : IAsyncDisposable
{
    /// <summary>Makes the calls of the generated client.</summary>
    CallInvoker Calls { get; }

    /// <summary>Completes when the channel has ended, with the reason, or <see langword="null"/> when its owner disposed it.</summary>
    Task<Exception?> Closed { get; }
}
