namespace Islet.Modules;

/// <summary>
/// A container with a known product in it, and members for the product.
/// </summary>
public abstract class ModuleContainer : Container
{
    private readonly int _port;

    /// <summary>Creates the object of the product, for a container that has been started.</summary>
    /// <param name="container">The running container. This object disposes it.</param>
    /// <param name="port">The port inside on which the product serves clients.</param>
    /// <param name="certificate">The certificate that the server shows to clients, if it speaks TLS.</param>
    protected ModuleContainer(Container container, int port, ServerCertificate? certificate)
        : base(container)
    {
        _port = port;
        Certificate = certificate;
    }

    /// <summary>The port to connect to, on this machine.</summary>
    public int Port => GetPort(_port);

    /// <summary>The certificate that the server shows to clients; <see langword="null"/> when it does not speak TLS.</summary>
    public ServerCertificate? Certificate { get; }

    /// <summary>Returns the text by which a client library of the product connects. It holds the password: don't log it.</summary>
    public abstract string GetConnectionString();

    /// <inheritdoc/>
    protected abstract override Container WrapFork(Container fork);

    /// <summary>Runs a script that must succeed.</summary>
    /// <param name="command">The program that runs it, and its arguments.</param>
    /// <param name="options">The options, with the script as the standard input and the password in the environment.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <returns>The standard output of the program.</returns>
    /// <exception cref="ScriptException">The script failed.</exception>
    protected async Task<string> ExecScriptAsync(
        IReadOnlyList<string> command, ExecOptions options, CancellationToken cancellationToken)
    {
        ExecResult result = await ExecAsync(command, options, cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? result.Stdout : throw new ScriptException(Name, result);
    }
}
