namespace Islet;

/// <summary>Whether a backend can run machines on this host.</summary>
/// <param name="IsSupported">It can.</param>
/// <param name="Reason">When it can't: why, and what to do. When it can: what it will use (<c>QEMU 7.2.22, TCG: …</c>).</param>
public sealed record BackendSupport(bool IsSupported, string Reason)
{
    /// <summary>It can run.</summary>
    public static BackendSupport Supported(string how) => new(true, how);

    /// <summary>It can't run.</summary>
    public static BackendSupport Unsupported(string reason) => new(false, reason);
}
