using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Tells a process where to send its telemetry.</summary>
public static class OtlpConfigurationExtensions
{
    private const string DefaultEndpoint = "http://localhost:18889";

    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment =>
        builder.WithEnvironment(context =>
        {
            string endpoint = builder.ApplicationBuilder.Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] ?? DefaultEndpoint;
            context.EnvironmentVariables["OTEL_EXPORTER_OTLP_ENDPOINT"] = new HostUrl(endpoint);
            context.EnvironmentVariables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
            context.EnvironmentVariables["OTEL_RESOURCE_ATTRIBUTES"] =
                """service.instance.id={{- index .Annotations "otel-service-instance-id" -}}""";
            context.EnvironmentVariables["OTEL_SERVICE_NAME"] = """{{- index .Annotations "otel-service-name" -}}""";
        });
}
