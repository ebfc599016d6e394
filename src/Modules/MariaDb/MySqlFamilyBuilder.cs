namespace Islet.Modules.MariaDb;

/// <summary>
/// The common part of the builders of MariaDB and MySQL. The server is ready when it takes connections over TCP, which it does only once
/// the database exists and every init script has run.
/// </summary>
/// <typeparam name="TBuilder">The deriving type, which each method returns.</typeparam>
/// <typeparam name="TContainer">The type of the started container.</typeparam>
public abstract class MySqlFamilyBuilder<TBuilder, TContainer> : ModuleBuilder<TBuilder, TContainer>
    where TBuilder : MySqlFamilyBuilder<TBuilder, TContainer>
    where TContainer : MySqlFamilyContainer
{
    private const string Root = "root";

    private const string TlsConfiguration =
        $"""
        [mysqld]
        ssl_cert = {ServerCertificate.ContainerPath}
        ssl_key = {ServerCertificate.ContainerKeyPath}

        """;

    // The prefix of the image's variables: MARIADB or MYSQL.
    private readonly string _prefix;
    private readonly string _product;

    private protected MySqlFamilyBuilder(ContainerBuilder defaults, string product)
        : base(defaults.WithPort(MySqlGreeting.Port)) => (_product, _prefix) = (product, product.ToUpperInvariant() + "_");

    /// <inheritdoc/>
    protected override WaitStrategy DefaultWait => new GreetingWait(_product, MySqlGreeting.Port, MySqlGreeting.HearAsync);

    private protected MySqlLogin Login => new(Username, Variable(Username == Root ? RootPassword : UserPassword, ""), Database);

    private string User => _prefix + "USER";

    private string UserPassword => _prefix + "PASSWORD";

    private string RootPassword => _prefix + "ROOT_PASSWORD";

    private string DatabaseName => _prefix + "DATABASE";

    private string Username => Variable(User, Root);

    private string Database => Variable(DatabaseName, "test");

    /// <summary>
    /// Sets the user that connects, who has all rights in the database. Default: <c>root</c>, who has all rights in the server.
    /// </summary>
    public TBuilder WithUsername(string username)
    {
        ArgumentException.ThrowIfNullOrEmpty(username);
        // The images refuse to create root a second time: it is the user when no other is given.
        return username == Root
            ? throw new ArgumentException("root is the user when no other is named: leave WithUsername out.", nameof(username))
            : WithEnvironment(User, username);
    }

    /// <summary>
    /// Sets the password of the user and of root. Default: a random one, the same for every container of this cache directory.
    /// </summary>
    public TBuilder WithPassword(string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(password);
        return WithEnvironment(UserPassword, password).WithEnvironment(RootPassword, password);
    }

    /// <summary>Sets the database that is created and connected to. Default: <c>test</c>.</summary>
    public TBuilder WithDatabase(string database)
    {
        ArgumentException.ThrowIfNullOrEmpty(database);
        return WithEnvironment(DatabaseName, database);
    }

    /// <summary>
    /// Runs a script in the new database before the server is ready: <c>.sql</c>, <c>.sql.gz</c> or <c>.sh</c>. Scripts run in the order
    /// of their names.
    /// </summary>
    /// <param name="hostPath">The file on this machine. It is read at each start.</param>
    public TBuilder WithInitScript(string hostPath) =>
        WithCopy(hostPath, InitScript.PathOf(Path.GetFileName(hostPath)), InitScript.ModeOf(hostPath));

    /// <summary>Runs a script in the new database before the server is ready.</summary>
    /// <param name="name">The name of the script in the container, with the extension of its kind: <c>001-schema.sql</c>.</param>
    /// <param name="content">The text of the script.</param>
    public TBuilder WithInitScript(string name, string content) => WithFile(InitScript.PathOf(name), content);

    /// <summary>Adds a file of settings for the server and its clients, like those in /etc/mysql/conf.d.</summary>
    /// <param name="name">The name of the file, which ends with <c>.cnf</c>.</param>
    /// <param name="content">The text of the file: <c>[mysqld]</c>, then one setting per line.</param>
    public TBuilder WithConfiguration(string name, string content)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name.EndsWith(".cnf", StringComparison.Ordinal) && !name.Contains('/')
            ? WithFile("/etc/mysql/conf.d/" + name, content)
            : throw new ArgumentException(
                $"\"{name}\" would not be read: a file of settings has a name that ends with .cnf.", nameof(name));
    }

    /// <inheritdoc/>
    protected override TBuilder Complete(ContainerRuntime runtime)
    {
        string secret = runtime.DeriveSecret(_product + "/password");
        TBuilder builder = base.Complete(runtime).WithDefaults((DatabaseName, Database), (RootPassword, secret));
        if (Username != Root)
            builder = builder.WithDefaults((UserPassword, secret));
        return UsesTls ? builder.WithConfiguration("islet-tls.cnf", TlsConfiguration) : builder;
    }
}
