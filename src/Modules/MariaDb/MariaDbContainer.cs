namespace Islet.Modules.MariaDb;

/// <summary>A MariaDB server in its own micro-VM.</summary>
public sealed class MariaDbContainer : MySqlFamilyContainer<MariaDbContainer>
{
    internal MariaDbContainer(Container container, MySqlLogin login, ServerCertificate? certificate)
        : base(container, "mariadb", login, certificate)
    {
    }

    /// <inheritdoc/>
    public override MariaDbContainer WithContainer(Container copy) => new(copy, Login, Certificate);
}
