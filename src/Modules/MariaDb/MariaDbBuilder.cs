namespace Islet.Modules.MariaDb;

/// <summary>Describes a MariaDB server and starts it.</summary>
/// <example><code>
/// await using MariaDbContainer mariaDb = await new MariaDbBuilder()
///     .WithInitScript("001-schema.sql", "CREATE TABLE item (id INT PRIMARY KEY)")
///     .StartAsync(cancellationToken);
/// await using var connection = new MySqlConnection(mariaDb.GetConnectionString());
/// </code></example>
public sealed class MariaDbBuilder : MySqlFamilyBuilder<MariaDbBuilder, MariaDbContainer>
{
    /// <summary>The image that is started when no other is given.</summary>
    public const string DefaultImage = "docker.io/library/mariadb:11";

    /// <summary>Creates a builder for an image.</summary>
    /// <param name="image">Any version of the official image, or one with its conventions. Default: <see cref="DefaultImage"/>.</param>
    /// <exception cref="FormatException">The text is not an image reference.</exception>
    public MariaDbBuilder(string image = DefaultImage)
        : base(new ContainerBuilder(image), "MariaDB")
    {
    }

    /// <inheritdoc/>
    protected override MariaDbContainer Wrap(Container container) => new(container, Login, Certificate);
}
