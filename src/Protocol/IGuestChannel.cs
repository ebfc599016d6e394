namespace Islet.Protocol;

/// <summary>
/// Opens byte streams from the host into one guest. On Apple's framework each is a vsock connection; on QEMU each is a yamux stream over
/// one virtio-serial port. The host always dials the guest, never the reverse: streams opened by the guest could not survive a restore.
/// </summary>
public interface IGuestChannel : IAsyncDisposable
{
    /// <summary>Opens a stream. The caller owns it.</summary>
    /// <exception cref="IOException">The channel is closed: the guest is gone or the owner has disposed it.</exception>
    ValueTask<GuestStream> OpenStreamAsync(CancellationToken cancellationToken = default);

    /// <summary>Completes when the channel has ended, with the reason, or <see langword="null"/> when its owner disposed it.</summary>
    Task<Exception?> Closed { get; }
}
