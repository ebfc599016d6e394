using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Publishing;

/// <summary>Writes the manifest of the model, and ends the application.</summary>
internal sealed class ManifestPublisher(
    DistributedApplicationModel model, DistributedApplicationExecutionContext context, IConfiguration configuration,
    IHostApplicationLifetime lifetime) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        string path = configuration["Publishing:OutputPath"] ?? throw new DistributedApplicationException("The '--output-path [path]' option was not specified.");
        await using (FileStream file = File.Create(path))
        {
            var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
            await using (writer)
                await WriteAsync(new ManifestPublishingContext(context, path, writer, cancellationToken));
        }

        lifetime.StopApplication();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WriteAsync(ManifestPublishingContext manifest)
    {
        manifest.Writer.WriteStartObject();
        manifest.Writer.WriteStartObject("resources");
        foreach (IResource resource in model.Resources)
        {
            if (Writer(resource) is not { } write)
                continue;

            manifest.Writer.WriteStartObject(resource.Name);
            await write(manifest);
            manifest.Writer.WriteEndObject();
        }

        manifest.Writer.WriteEndObject();
        manifest.Writer.WriteEndObject();
    }

    // What says itself how it is written comes first; it may say that it isn't.
    private static Func<ManifestPublishingContext, Task>? Writer(IResource resource)
    {
        if (resource.TryGetLastAnnotation(out ManifestPublishingCallbackAnnotation? annotation))
            return annotation.Callback;

        return resource switch
        {
            _ when resource.IsContainer() => manifest => ContainerManifest.WriteAsync(manifest, resource),
            ParameterResource parameter => manifest => WriteParameter(manifest, parameter),
            IResourceWithConnectionString connectable => manifest => WriteValue(manifest, connectable),
            _ => null,
        };
    }

    private static Task WriteParameter(ManifestPublishingContext manifest, ParameterResource parameter)
    {
        manifest.Writer.WriteString("type", "parameter.v0");
        manifest.Writer.WriteString("value", $"{{{parameter.Name}.inputs.value}}");
        return Task.CompletedTask;
    }

    private static Task WriteValue(ManifestPublishingContext manifest, IResourceWithConnectionString connectable)
    {
        manifest.Writer.WriteString("type", "value.v0");
        manifest.Writer.WriteString("connectionString", connectable.ConnectionStringExpression.ValueExpression);
        return Task.CompletedTask;
    }
}
