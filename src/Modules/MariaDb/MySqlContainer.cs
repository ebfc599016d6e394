namespace Islet.Modules.MariaDb;

/// <summary>A MySQL server in its own micro-VM.</summary>
public sealed class MySqlContainer : MySqlFamilyContainer
{
    internal MySqlContainer(Container container, MySqlLogin login, ServerCertificate? certificate)
        : base(container, "mysql", login, certificate)
    {
    }

    /// <inheritdoc/>
    protected override Container WrapFork(Container fork) => new MySqlContainer(fork, Login, Certificate);
}
