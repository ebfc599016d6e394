namespace Islet.Modules.MariaDb;

/// <summary>A MariaDB server in its own micro-VM.</summary>
public sealed class MariaDbContainer : MySqlFamilyContainer
{
    internal MariaDbContainer(Container container, MySqlLogin login, ServerCertificate? certificate)
        : base(container, "mariadb", login, certificate)
    {
    }

    /// <inheritdoc/>
    protected override Container WrapFork(Container fork) => new MariaDbContainer(fork, Login, Certificate);
}
