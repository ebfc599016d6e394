using Islet;

// This is the namespace in which an AppHost finds resource types and annotations anyway.
#pragma warning disable IDE0130 // Namespace does not match folder structure
namespace Aspire.Hosting.ApplicationModel;

/// <summary>Options of a container's micro-VM, in addition to the settings made with the container's <c>With…</c> methods.</summary>
public sealed class MicroVmOptions
{
    /// <summary>
    /// The image to run instead of the resource's own: another name, <c>oci:PATH:TAG</c> (an OCI image layout) or
    /// <c>docker-archive:PATH</c> (the output of <c>docker save</c>). Default: the resource's image.
    /// </summary>
    public string? Image { get; set; }

    /// <summary>The memory for the container's processes. Default: <see cref="IsletOptions.DefaultMemory"/>, 512 MiB.</summary>
    public MemorySize? Memory { get; set; }

    /// <summary>The number of virtual CPUs. Default: <see cref="IsletOptions.DefaultCpus"/>, 1.</summary>
    public int? Cpus { get; set; }

    /// <summary>The time that the container has to end by itself when it is stopped, before it is killed. Default: 10 seconds.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Changes the container right before each start. It can set capabilities, limits, tmpfs mounts, and other settings that a container
    /// engine gets as runtime arguments. Default: no change.
    /// </summary>
    public Func<ContainerBuilder, ContainerBuilder>? Configure { get; set; }
}
