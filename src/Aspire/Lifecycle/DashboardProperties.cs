using System.Collections.Immutable;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.ApplicationModel;
using Islet.Aspire.Configuration;

namespace Islet.Aspire.Lifecycle;

/// <summary>
/// The properties that the dashboard shows of a micro-VM: those that Aspire's orchestrator gives any container, and the machine's.
/// </summary>
internal static class DashboardProperties
{
    // Aspire's constants for these names are not public.
    public const string ResourceType = "Container";
    private const string Image = "container.image";
    private const string Id = "container.id";
    private const string Command = "container.command";
    private const string Arguments = "container.args";
    private const string Ports = "container.ports";
    private const string Lifetime = "container.lifetime";
    private const string ParentName = "resource.parentName";
    private const string ShownArguments = "resource.appArgs";
    private const string ShownArgumentsSensitivity = "resource.appArgsSensitivity";

    /// <summary>Adds the properties that are known before the start.</summary>
    public static ImmutableArray<ResourcePropertySnapshot> OfImage(ImmutableArray<ResourcePropertySnapshot> properties, MicroVm vm)
    {
        string shown = ShownImage.Of(vm.Image);
        ImmutableArray<ResourcePropertySnapshot> set = Set(
            properties,
            Highlighted(Image, shown, "Container image", 0),
            Highlighted(Command, vm.Resource.Entrypoint, "Container command", 2),
            Highlighted(Ports, vm.Endpoints.Select(endpoint => endpoint.TargetPort).Distinct().ToImmutableArray(), "Container ports", 4),
            Highlighted(
                Lifetime, (vm.IsPersistent ? ContainerLifetime.Persistent : ContainerLifetime.Session).ToString(), "Container lifetime", 5),
            new(CustomResourceKnownProperties.Source, shown));
        return shown == vm.Image
            ? set
            : Set(set, new ResourcePropertySnapshot("microvm.image", vm.Image) { DisplayName = "Image source", SortOrder = 13 });
    }

    /// <summary>Adds the properties of a running container.</summary>
    public static ImmutableArray<ResourcePropertySnapshot> OfStart(
        ImmutableArray<ResourcePropertySnapshot> properties, Container container, MicroVm vm, ContainerDescription description,
        ContainerRuntime runtime) => Set(
            OfMachine(properties, container, vm, runtime),
            Highlighted(Arguments, description.Arguments, "Container arguments", 3) with { IsSensitive = true },
            new(ShownArguments, description.ShownArguments.Select(argument => argument.Value).ToImmutableArray())
            {
                IsSensitive = description.ShownArguments.Any(argument => argument.IsSecret),
            },
            new(ShownArgumentsSensitivity, description.ShownArguments.Select(argument => argument.IsSecret ? 1 : 0).ToImmutableArray())
            {
                IsSensitive = description.ShownArguments.Any(argument => argument.IsSecret),
            });

    /// <summary>Adds the properties of a fork to those of the container that was copied.</summary>
    /// <param name="properties">The container's properties.</param>
    /// <param name="fork">The fork.</param>
    /// <param name="vm">The container.</param>
    /// <param name="parentId">The id of the container's resource, which can differ from its name.</param>
    /// <param name="runtime">The runtime, which has the defaults.</param>
    public static ImmutableArray<ResourcePropertySnapshot> OfFork(
        ImmutableArray<ResourcePropertySnapshot> properties, Container fork, MicroVm vm, string parentId, ContainerRuntime runtime) => Set(
            OfMachine([.. properties.Where(property => property.Name != Checkpoints)], fork, vm, runtime),
            new ResourcePropertySnapshot(ParentName, parentId));

    /// <summary>Adds the properties of the machine, which a roll-back replaces.</summary>
    public static ImmutableArray<ResourcePropertySnapshot> OfMachine(
        ImmutableArray<ResourcePropertySnapshot> properties, Container container, MicroVm vm, ContainerRuntime runtime) => Set(
            properties,
            Highlighted(Id, container.Id, "Container ID", 1),
            Highlighted("microvm.memory", (vm.Options.Memory ?? runtime.Options.DefaultMemory).ToString(), "Memory", 6),
            Highlighted("microvm.cpus", vm.Options.Cpus ?? runtime.Options.DefaultCpus, "CPUs", 7),
            Highlighted("microvm.boot", BootTime(container), "Boot time", 8),
            new("microvm.backend", container.Machine.Accelerator) { DisplayName = "Accelerator", SortOrder = 10 },
            new("microvm.address", Address(container)) { DisplayName = "Addresses", SortOrder = 11 },
            new("microvm.process", container.Machine.ProcessId) { DisplayName = "Machine's process ID", SortOrder = 12 });

    private const string Checkpoints = "microvm.checkpoints";

    /// <summary>Adds the names and times of the checkpoints.</summary>
    public static ImmutableArray<ResourcePropertySnapshot> OfCheckpoints(
        ImmutableArray<ResourcePropertySnapshot> properties, KeptCheckpoints checkpoints) =>
        checkpoints.Count == 0
            ? [.. properties.Where(property => property.Name != Checkpoints)]
            : Set(properties, Highlighted(
                Checkpoints, string.Join(", ", checkpoints.All.Select(kept => KeptCheckpoints.Describe(kept.Key, kept.Value))),
                "Checkpoints", 9));

    /// <summary>Lists the mounts as they were requested.</summary>
    public static ImmutableArray<VolumeSnapshot> VolumesOf(ContainerResource resource) =>
    [
        .. resource.Annotations.OfType<ContainerMountAnnotation>()
            .Select(mount => new VolumeSnapshot(
                mount.Source, mount.Target, mount.Type == ContainerMountType.BindMount ? "bind" : "volume", mount.IsReadOnly)),
    ];

    private static ResourcePropertySnapshot Highlighted(string name, object? value, string displayName, int order) =>
        new(name, value) { DisplayName = displayName, IsHighlighted = true, SortOrder = order };

    private static string BootTime(Container container)
    {
        TimeSpan end = container.Timeline.Phases.Max(phase => phase.Start + (phase.Duration ?? TimeSpan.Zero));
        return string.Create(CultureInfo.InvariantCulture, $"{end.TotalMilliseconds:0} ms ({container.Timeline})");
    }

    private static string Address(Container container) => container.Ports.Count == 0
        ? container.Host
        : string.Join(", ", container.Ports);

    private static ImmutableArray<ResourcePropertySnapshot> Set(
        ImmutableArray<ResourcePropertySnapshot> properties, params ResourcePropertySnapshot[] changed) =>
        [.. properties.Where(property => changed.All(other => other.Name != property.Name)), .. changed];
}
