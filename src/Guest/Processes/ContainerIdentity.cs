using System.Text;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Protocol.Agent;

namespace Islet.Guest.Processes;

/// <summary>The properties that distinguish this container from every other, and the files on its disk that hold them.</summary>
/// <remarks>
/// The files are those of the bare disk as the agent has it mounted. It stays writable when the container's own view of it is read-only.
/// They are rewritten in place: a process that has one open, or has it bound elsewhere, sees the change.
/// </remarks>
internal sealed class ContainerIdentity
{
    private const uint ReadOnlyForAll = 0x124, WritableByOwner = 0x1A4;
    private const int MaxHostsBytes = 1 << 20;

    private readonly bool _ownsMachineId;

    private ContainerIdentity(string hostname, string? address, string? link, bool ownsMachineId)
    {
        Hostname = hostname;
        Address = address;
        Link = link;
        _ownsMachineId = ownsMachineId;
    }

    /// <summary>The hostname; empty where the host gave none.</summary>
    public string Hostname { get; private set; }

    /// <summary>The address of the first link.</summary>
    public string? Address { get; }

    /// <summary>The name of the first link; null when there is no link.</summary>
    public string? Link { get; }

    /// <summary>Gives a new container the identity that the host has chosen. A machine id of the image itself stays.</summary>
    public static ContainerIdentity Establish(RootDirectory disk, BootstrapRequest request)
    {
        bool ownsMachineId = request.MachineId.Length > 0 && disk.IsEmptyOrMissing("/etc/machine-id");
        if (ownsMachineId)
            disk.WriteFile("/etc", "machine-id", MachineIdFile(request.MachineId), ReadOnlyForAll);

        Link? link = request.Network is { Links.Count: > 0 } network ? network.Links[0] : null;
        string? address = link is null ? null : NetworkFiles.AddressOf(link);
        return new ContainerIdentity(request.Network?.Hostname ?? "", address, link?.Name, ownsMachineId);
    }

    /// <summary>Changes the machine id, unless it is the image's own.</summary>
    public void ChangeMachineId(string id)
    {
        if (!_ownsMachineId)
            return;
        using RootDirectory disk = OpenDisk();
        disk.WriteFile("/etc", "machine-id", MachineIdFile(id), ReadOnlyForAll);
    }

    /// <summary>Changes the name in /etc/hostname and /etc/hosts. The caller changes it in the kernel.</summary>
    public void ChangeHostname(string hostname)
    {
        using RootDirectory disk = OpenDisk();
        disk.WriteFile("/etc", "hostname", Encoding.UTF8.GetBytes(hostname + "\n"), WritableByOwner);
        if (disk.TryReadFile("/etc/hosts", MaxHostsBytes) is { } hosts)
        {
            string changed = HostsFile.Rename(Encoding.UTF8.GetString(hosts), Address ?? HostsFile.OwnAddress, Hostname, hostname);
            disk.WriteFile("/etc", "hosts", Encoding.UTF8.GetBytes(changed), WritableByOwner);
        }

        Hostname = hostname;
    }

    private static RootDirectory OpenDisk() => RootDirectory.Open(Container.RootMountpoint);

    private static byte[] MachineIdFile(string id) => Encoding.ASCII.GetBytes(id + "\n");
}
