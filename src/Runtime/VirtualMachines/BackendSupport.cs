namespace Islet;

/// <summary>Whether a backend can run machines on this host.</summary>
/// <param name="IsSupported">Whether it can.</param>
/// <param name="Reason">If it can't: the reason, and what to do. If it can: what it will use (<c>QEMU 7.2.22, TCG: …</c>).</param>
public sealed record BackendSupport(bool IsSupported, string Reason)
{
    /// <summary>Returns support, with what the backend will use.</summary>
    public static BackendSupport Supported(string how) => new(true, how);

    /// <summary>Returns no support, with the reason and what to do.</summary>
    public static BackendSupport Unsupported(string reason) => new(false, reason);
}
