using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Islet.Values;
using Microsoft.Extensions.Logging;

namespace Islet.Images.Registry;

/// <summary>
/// A program <c>docker-credential-NAME</c> that stores credentials (docker-credential-helpers' protocol). It reads a registry's address and
/// writes a user name and a secret.
/// </summary>
internal sealed class CredentialHelper(string name, ILogger logger)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <summary>Returns the credential; <see langword="null"/> when the helper knows none, is missing, or fails.</summary>
    public async Task<RegistryCredential?> GetAsync(string serverAddress, CancellationToken cancellationToken)
    {
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            logger.HelperNotNamed(Excerpt.Of(name));
            return null;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_timeout);
        try
        {
            return await RunAsync(serverAddress, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            logger.HelperIsSilent(name, s_timeout);
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or JsonException)
        {
            logger.HelperNotUsed(name, exception.GetType().Name);
        }

        return null;
    }

    private async Task<RegistryCredential?> RunAsync(string serverAddress, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("docker-credential-" + name, ["get"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process helper = Process.Start(start)!;
        try
        {
            await helper.StandardInput.WriteLineAsync(serverAddress.AsMemory(), cancellationToken).ConfigureAwait(false);
            helper.StandardInput.Close();
            Task<string> errors = helper.StandardError.ReadToEndAsync(cancellationToken); // read, so that the helper never blocks on it
            string answer = await helper.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            await errors.ConfigureAwait(false);
            await helper.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return helper.ExitCode == 0 ? Read(answer) : null;
        }
        finally
        {
            if (!helper.HasExited)
                helper.Kill(entireProcessTree: true);
        }
    }

    private static RegistryCredential? Read(string answer) =>
        JsonSerializer.Deserialize(answer, ImageJsonContext.Default.CredentialHelperDocument) switch
        {
            // The protocol marks a secret that is an identity token in this way.
            { Username: "<token>", Secret: { Length: > 0 } token } => RegistryCredential.IdentityToken(token),
            { Username: { } username, Secret: { Length: > 0 } secret } => RegistryCredential.Password(username, secret),
            _ => null,
        };
}
