using System.Globalization;

namespace Islet.Modules.Memcached;

/// <summary>A memcached server in its own micro-VM.</summary>
public sealed class MemcachedContainer : ModuleContainer
{
    internal MemcachedContainer(Container container, ServerCertificate? certificate)
        : base(container, MemcachedBuilder.ServerPort, certificate)
    {
    }

    /// <summary>Returns the server's address: <c>127.0.0.1:…</c>.</summary>
    public override string GetConnectionString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <inheritdoc/>
    protected override Container WrapFork(Container fork) => new MemcachedContainer(fork, Certificate);
}
