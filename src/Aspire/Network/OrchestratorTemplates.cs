using System.Globalization;
using System.Text.RegularExpressions;
using Islet.Aspire.ApplicationModel;

namespace Islet.Aspire.Network;

/// <summary>The templates that Aspire leaves in values for its orchestrator to fill in.</summary>
internal static partial class OrchestratorTemplates
{
    /// <summary>Returns the template for the port that an endpoint of the resource listens on.</summary>
    public static string PortServing(string endpointName) => $$$"""{{- portForServing "{{{endpointName}}}" -}}""";

    /// <summary>Fills in the known templates; unknown ones are left.</summary>
    public static string Fill(string text, MicroVm vm)
    {
        // The instance's id is the same in each run; otherwise no run would find the state that an earlier one has kept.
        string filled = Port().Replace(
            text,
            match => vm.Endpoints.FirstOrDefault(endpoint => endpoint.Annotation.Name == match.Groups["name"].Value) is { } endpoint
                ? endpoint.TargetPort.ToString(CultureInfo.InvariantCulture)
                : match.Value);
        return Annotation().Replace(filled, match => match.Groups["name"].Value is "otel-service-name" or "otel-service-instance-id"
            ? vm.Resource.Name
            : match.Value);
    }

    [GeneratedRegex("""\{\{-?\s*portForServing\s+"(?<name>[^"]+)"\s*-?\}\}""")]
    private static partial Regex Port();

    [GeneratedRegex("""\{\{-?\s*index\s+\.Annotations\s+"(?<name>[^"]+)"\s*-?\}\}""")]
    private static partial Regex Annotation();
}
