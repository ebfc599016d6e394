namespace Islet.Modules.MariaDb;

/// <summary>A MySQL server in its own micro-VM.</summary>
public sealed class MySqlContainer : MySqlFamilyContainer<MySqlContainer>
{
    internal MySqlContainer(Container container, MySqlLogin login, ServerCertificate? certificate)
        : base(container, "mysql", login, certificate)
    {
    }

    /// <inheritdoc/>
    public override MySqlContainer WithContainer(Container copy) => new(copy, Login, Certificate);
}
