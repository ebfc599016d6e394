using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>The template that stands for the port of an endpoint until its process starts.</summary>
internal static partial class PortTemplates
{
    public static string For(string endpointName) => $$$"""{{- portForServing "{{{endpointName}}}" -}}""";

    public static string Replace(string text, IResource resource) => Template().Replace(text, match =>
    {
        string name = match.Groups[1].Value;
        EndpointAnnotation endpoint = resource.Annotations.OfType<EndpointAnnotation>().Single(endpoint => endpoint.Name == name);
        return endpoint.AllocatedEndpoint!.Port.ToString(CultureInfo.InvariantCulture);
    });

    [GeneratedRegex("""\{\{-? *portForServing "([^"]+)" *-?\}\}""")]
    private static partial Regex Template();
}
