using Islet;

// The namespace in which an AppHost finds resource types and annotations anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a container runs in its micro-VM, beside what the <c>With…</c> methods have said of it.</summary>
public sealed class MicroVmOptions
{
    /// <summary>
    /// The image to run in place of the resource's own: another name, <c>oci:PATH:TAG</c> (an OCI image layout) or
    /// <c>docker-archive:PATH</c> (what <c>docker save</c> writes). Default: the resource's image.
    /// </summary>
    public string? Image { get; set; }

    /// <summary>The memory of the container's processes. Default: <see cref="IsletOptions.DefaultMemory"/>, 512 MiB.</summary>
    public MemorySize? Memory { get; set; }

    /// <summary>The virtual CPUs. Default: <see cref="IsletOptions.DefaultCpus"/>, 1.</summary>
    public int? Cpus { get; set; }

    /// <summary>How long the container has to end by itself when it is stopped, before it is killed. Default: 10 seconds.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Says the rest, right before each start: capabilities, limits, tmpfs, whatever a container engine would be told with runtime arguments.
    /// Default: nothing.
    /// </summary>
    public Func<ContainerBuilder, ContainerBuilder>? Configure { get; set; }
}
