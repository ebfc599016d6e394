using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Publishing;

/// <summary>Writes a container into the manifest.</summary>
internal static class ContainerManifest
{
    public static async Task WriteAsync(ManifestPublishingContext manifest, IResource resource)
    {
        Utf8JsonWriter writer = manifest.Writer;
        writer.WriteString("type", "container.v0");
        if (resource is IResourceWithConnectionString connectable)
            writer.WriteString("connectionString", connectable.ConnectionStringExpression.ValueExpression);

        resource.TryGetContainerImageName(out string? image);
        writer.WriteString("image", image);
        if (resource is ContainerResource { Entrypoint: { } entrypoint })
            writer.WriteString("entrypoint", entrypoint);

        await WriteArgumentsAsync(manifest, resource);
        await WriteEnvironmentAsync(manifest, resource);
        WriteBindings(writer, resource);
    }

    private static async Task WriteArgumentsAsync(ManifestPublishingContext manifest, IResource resource)
    {
        List<object> arguments = [];
        var context = new CommandLineArgsCallbackContext(arguments, resource, manifest.CancellationToken) { ExecutionContext = manifest.ExecutionContext };
        foreach (CommandLineArgsCallbackAnnotation annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
            await annotation.Callback(context);

        if (arguments.Count == 0)
            return;

        manifest.Writer.WriteStartArray("args");
        foreach (object argument in arguments)
            manifest.Writer.WriteStringValue(Expression(argument));

        manifest.Writer.WriteEndArray();
    }

    private static async Task WriteEnvironmentAsync(ManifestPublishingContext manifest, IResource resource)
    {
        var context = new EnvironmentCallbackContext(manifest.ExecutionContext, resource, cancellationToken: manifest.CancellationToken);
        foreach (EnvironmentCallbackAnnotation annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
            await annotation.Callback(context);

        if (context.EnvironmentVariables.Count == 0)
            return;

        manifest.Writer.WriteStartObject("env");
        foreach ((string name, object value) in context.EnvironmentVariables)
            manifest.Writer.WriteString(name, Expression(value));

        manifest.Writer.WriteEndObject();
    }

    private static void WriteBindings(Utf8JsonWriter writer, IResource resource)
    {
        if (!resource.TryGetEndpoints(out IEnumerable<EndpointAnnotation>? endpoints))
            return;

        writer.WriteStartObject("bindings");
        foreach (EndpointAnnotation endpoint in endpoints)
        {
            writer.WriteStartObject(endpoint.Name);
            writer.WriteString("scheme", endpoint.UriScheme);
            writer.WriteString("protocol", endpoint.Protocol.ToString().ToLowerInvariant());
            writer.WriteString("transport", endpoint.Transport);
            if (endpoint.Port is { } port)
                writer.WriteNumber("port", port);

            if (endpoint.TargetPort is { } targetPort)
                writer.WriteNumber("targetPort", targetPort);

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static string? Expression(object value) => value is IManifestExpressionProvider provider ? provider.ValueExpression : value.ToString();
}
