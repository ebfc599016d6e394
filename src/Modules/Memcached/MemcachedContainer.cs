using System.Globalization;

namespace Islet.Modules.Memcached;

/// <summary>A memcached server in its own micro-VM.</summary>
public sealed class MemcachedContainer : ModuleContainer<MemcachedContainer>
{
    internal MemcachedContainer(Container container, ServerCertificate? certificate)
        : base(container, MemcachedBuilder.ServerPort, certificate)
    {
    }

    /// <summary>Returns the server's address: <c>127.0.0.1:…</c>.</summary>
    public override string GetConnectionString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <inheritdoc/>
    public override MemcachedContainer WithContainer(Container copy) => new(copy, Certificate);
}
