using System.Runtime.ExceptionServices;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Configuration.Certificates;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Configuration;

// Certificates and the shell form are still experimental in Aspire.
#pragma warning disable ASPIRECERTIFICATES001, ASPIRECONTAINERSHELLEXECUTION001

/// <summary>The variables, arguments and certificates of a container, with every value known.</summary>
internal sealed record ContainerConfiguration
{
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The arguments as shown to a user, before a shell command is made of them.</summary>
    public required IReadOnlyList<ShownArgument> ShownArguments { get; init; }

    /// <summary>The certificate authorities that the container trusts, if there are any.</summary>
    public CertificateTrustExecutionConfigurationData? Trust { get; init; }

    /// <summary>The certificate with which the container serves TLS, if there is one.</summary>
    public HttpsCertificateExecutionConfigurationData? Https { get; init; }

    /// <summary>Runs the resource's callbacks and waits for the values that they name.</summary>
    public static async Task<ContainerConfiguration> ResolveAsync(
        ContainerResource resource, ValueResolver resolver, CertificatePaths paths, DistributedApplicationExecutionContext context,
        ILogger log, CancellationToken cancellationToken)
    {
        IExecutionConfigurationResult result = await ExecutionConfigurationBuilder.Create(resource)
            .AddExecutionConfigurationGatherer(new CallbackGatherer())
            .WithCertificateTrustConfig(paths.ForTrust)
            .WithHttpsCertificateConfig(paths.ForHttps)
            .AddExecutionConfigurationGatherer(new GuestValueGatherer(resolver))
            .BuildAsync(context, log, cancellationToken).ConfigureAwait(false);
        if (result.Exception is { } failure)
            ExceptionDispatchInfo.Throw(failure is AggregateException { InnerExceptions: [var only] } ? only : failure);

        string[] arguments = [.. result.Arguments.Select(argument => argument.Value)];
        result.TryGetAdditionalData(out CertificateTrustExecutionConfigurationData? trust);
        result.TryGetAdditionalData(out HttpsCertificateExecutionConfigurationData? https);
        return new ContainerConfiguration
        {
            Environment = result.EnvironmentVariables.ToDictionary(),

            // The entry point is a shell, which takes the arguments as one command in which they are already quoted. Redis uses this form.
            Arguments = resource.ShellExecution == true ? ["-c", string.Join(' ', arguments)] : arguments,
            ShownArguments =
            [
                .. result.ArgumentsWithUnprocessed.Select(argument => new ShownArgument(
                    argument.Processed, argument.IsSensitive || argument.Unprocessed is GuestValueGatherer.GuestValue { IsSecret: true })),
            ],
            Trust = trust is { Scope: not CertificateTrustScope.None, Certificates.Count: > 0 } ? trust : null,
            Https = https,
        };
    }
}
