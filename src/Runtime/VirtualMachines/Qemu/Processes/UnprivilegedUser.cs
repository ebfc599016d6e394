using System.Globalization;
using Islet.Native.Posix;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>The user that QEMU becomes where this process is root.</summary>
/// <param name="Name">The user's name.</param>
/// <param name="UserId">The user's id.</param>
/// <param name="GroupId">The id of the user's group, the only one that QEMU has afterwards.</param>
/// <remarks>
/// Not the user that a distribution made for QEMU (<c>qemu</c>, <c>libvirt-qemu</c>): that one owns the disks of other machines.
/// </remarks>
internal sealed record UnprivilegedUser(string Name, uint UserId, uint GroupId)
{
    private const string UserIdMap = "/proc/self/uid_map";
    private const string Users = "/etc/passwd";

    private const ulong NeededCapabilities = (1 << 5) | (1 << 6) | (1 << 7); // CAP_KILL, CAP_SETGID, CAP_SETUID

    // A user of the first name is the administrator's choice; nearly every system has the other.
    private static readonly string[] s_names = ["islet", "nobody"];

    private static readonly Lazy<UnprivilegedUser?> s_found = new(Find);

    /// <summary>The user of this host's machines; <see langword="null"/> if this process is not root, or can't give root up.</summary>
    public static UnprivilegedUser? OfMachines => s_found.Value;

    private static UnprivilegedUser? Find()
    {
        if (!OperatingSystem.IsLinux() || CurrentUser.Id != 0)
            return null;

        try
        {
            // A kernel without user namespaces has no such file.
            string map = File.Exists(UserIdMap) ? File.ReadAllText(UserIdMap) : "0 0 4294967295";
            return IsRootOfHost(map, File.ReadAllLines("/proc/self/status"))
                ? Choose(File.Exists(Users) ? File.ReadAllLines(Users) : [])
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether root is root outside of this process's user namespace too, and may become another user and end that user's processes. Root
    /// of a namespace is an ordinary user of the host, and often has no second one.
    /// </summary>
    internal static bool IsRootOfHost(string userIdMap, IEnumerable<string> status)
    {
        if (userIdMap.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is not ["0", "0", "4294967295"])
            return false;

        string? effective = status.FirstOrDefault(line => line.StartsWith("CapEff:", StringComparison.Ordinal))?["CapEff:".Length..].Trim();
        return ulong.TryParse(effective, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong capabilities)
            && (capabilities & NeededCapabilities) == NeededCapabilities;
    }

    /// <summary>
    /// Chooses the user from the lines of <c>/etc/passwd</c>. A system without users has the kernel's overflow user, who owns nothing.
    /// </summary>
    internal static UnprivilegedUser Choose(IEnumerable<string> users)
    {
        string[][] entries = [.. users.Select(line => line.Split(':'))];
        foreach (string name in s_names)
        {
            if (entries.FirstOrDefault(fields => fields[0] == name) is [_, _, var user, var group, ..]
                && uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out uint userId) && userId > 0
                && uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out uint groupId) && groupId > 0)
                return new UnprivilegedUser(name, userId, groupId);
        }

        return new UnprivilegedUser("nobody", 65534, 65534);
    }
}
