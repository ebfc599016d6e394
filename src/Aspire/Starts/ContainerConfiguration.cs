using System.Runtime.ExceptionServices;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Starts.Certificates;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Starts;

// Certificates and the shell form are experimental in Aspire so far.
#pragma warning disable ASPIRECERTIFICATES001, ASPIRECONTAINERSHELLEXECUTION001

/// <summary>Variables, arguments and certificates of a container, with every value known.</summary>
internal sealed record ContainerConfiguration
{
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The arguments for a person who looks at them, before a shell made one of them.</summary>
    public required IReadOnlyList<ShownArgument> ShownArguments { get; init; }

    /// <summary>The certificate authorities that it is to trust, if there are any.</summary>
    public CertificateTrustExecutionConfigurationData? Trust { get; init; }

    /// <summary>The certificate that it serves TLS with, if there is one.</summary>
    public HttpsCertificateExecutionConfigurationData? Https { get; init; }

    /// <summary>Asks the resource's callbacks and waits for the values that they name.</summary>
    public static async Task<ContainerConfiguration> ResolveAsync(
        ContainerResource resource, ValueResolver resolver, CertificatePaths paths, DistributedApplicationExecutionContext context, ILogger log,
        CancellationToken cancellationToken)
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

            // The entry point is a shell, which takes them as one command; what has to be quoted in it, is. Redis has it so.
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
