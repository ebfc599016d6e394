using System.Text.Json;
using Islet.Aspire.ApplicationModel;

namespace Islet.Aspire.Configuration;

/// <summary>A container that is about to be started, with every value known.</summary>
internal sealed record ContainerDescription
{
    public required ContainerBuilder Builder { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The arguments as shown to a user: each separately, even if a shell gets them as one text.</summary>
    public required IReadOnlyList<ShownArgument> ShownArguments { get; init; }

    public required IReadOnlyList<HostPortBinding> HostPorts { get; init; }

    /// <summary>
    /// The properties that identify the container, as one text that may hold secrets: neither ports on the host nor contents of files.
    /// </summary>
    public required string Fingerprint { get; init; }

    public static string FingerprintOf(
        MicroVm vm, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments,
        IReadOnlyList<HostPortBinding> hostPorts) =>
        JsonSerializer.Serialize(new object?[]
        {
            vm.Image, vm.Lifetime.ParentProcess, vm.Resource.Entrypoint, vm.Options.Memory?.Bytes, vm.Options.Cpus, arguments,
            environment.OrderBy(variable => variable.Key, StringComparer.Ordinal),
            vm.Endpoints.Select(endpoint => endpoint.TargetPort), hostPorts.Select(port => $"{port.Name}:{port.Port}"),
        });
}
