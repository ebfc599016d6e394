using System.Collections.Immutable;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Starts;
using Islet.Containers;

namespace Islet.Aspire.Lives;

/// <summary>What the dashboard shows of a micro-VM.</summary>
internal static class DashboardProperties
{
    // Aspire's names of them are not public.
    public const string ResourceType = "Container";
    private const string Image = "container.image";
    private const string Arguments = "container.args";
    private const string Lifetime = "container.lifetime";
    private const string ParentName = "resource.parentName";

    public static ImmutableArray<ResourcePropertySnapshot> OfImage(ImmutableArray<ResourcePropertySnapshot> properties, MicroVm vm) => Set(
        properties,
        new(Image, vm.Image),
        new(CustomResourceKnownProperties.Source, vm.Image),
        new(Lifetime, (vm.IsPersistent ? ContainerLifetime.Persistent : ContainerLifetime.Session).ToString()));

    public static ImmutableArray<ResourcePropertySnapshot> OfMachine(
        ImmutableArray<ResourcePropertySnapshot> properties, Container container, MicroVm vm, ContainerDescription description, ContainerRuntime runtime) => Set(
            Machine(properties, container, vm, runtime),
            new ResourcePropertySnapshot(Arguments, description.Arguments) { IsSensitive = true });

    public static ImmutableArray<ResourcePropertySnapshot> OfFork(
        ImmutableArray<ResourcePropertySnapshot> properties, Container container, MicroVm parent, ContainerRuntime runtime) => Set(
            Machine(OfImage(properties, parent), container, parent, runtime),
            new ResourcePropertySnapshot(ParentName, parent.Resource.Name));

    private static ImmutableArray<ResourcePropertySnapshot> Machine(
        ImmutableArray<ResourcePropertySnapshot> properties, Container container, MicroVm vm, ContainerRuntime runtime) => Set(
            properties,
            new("microvm.memory", (vm.Options.Memory ?? runtime.Options.DefaultMemory).ToString()),
            new("microvm.backend", container.Accelerator),
            new("microvm.boot", BootTime(container)),
            new("microvm.address", Address(container)),
            new("microvm.process", container.MachineProcessId));

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
