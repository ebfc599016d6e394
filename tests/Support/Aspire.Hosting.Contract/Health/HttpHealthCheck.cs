using System.Net;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Health;

/// <summary>Healthy is an endpoint that answers with the expected status.</summary>
internal sealed class HttpHealthCheck(EndpointReference endpoint, string path, HttpStatusCode expected) : IHealthCheck
{
    private static readonly HttpClient s_client = new();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
            return new HealthCheckResult(context.Registration.FailureStatus, "The URI for the health check is not set.");

        try
        {
            using HttpResponseMessage answer = await s_client.GetAsync(new Uri(new Uri(endpoint.Url), path), cancellationToken);
            return answer.StatusCode == expected
                ? HealthCheckResult.Healthy()
                : new HealthCheckResult(context.Registration.FailureStatus, $"Expected {expected}, got {answer.StatusCode}.");
        }
        catch (HttpRequestException exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception.Message, exception);
        }
    }
}
