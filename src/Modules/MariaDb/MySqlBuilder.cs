namespace Islet.Modules.MariaDb;

/// <summary>Describes a MySQL server and starts it.</summary>
/// <example><code>
/// await using MySqlContainer mySql = await new MySqlBuilder()
///     .WithInitScript("001-schema.sql", "CREATE TABLE item (id INT PRIMARY KEY)")
///     .StartAsync(cancellationToken);
/// await using var connection = new MySqlConnection(mySql.GetConnectionString());
/// </code></example>
public sealed class MySqlBuilder : MySqlFamilyBuilder<MySqlBuilder, MySqlContainer>
{
    /// <summary>The image that is started when no other is given.</summary>
    public const string DefaultImage = "docker.io/library/mysql:8.4";

    /// <summary>Creates a builder for an image.</summary>
    /// <param name="image">Any version of the official image, or one with its conventions. Default: <see cref="DefaultImage"/>.</param>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    public MySqlBuilder(string image = DefaultImage)
        : base(new ContainerBuilder(image).WithMemory(MemorySize.FromGibibytes(1)), "MySQL")
    {
    }

    /// <inheritdoc/>
    protected override MySqlContainer Wrap(Container container) => new(container, Login, Certificate);
}
