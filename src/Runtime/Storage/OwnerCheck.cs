using Islet.Native.Posix;

namespace Islet.Storage;

/// <summary>Finds out whether other users could have written, or can use, a file or directory that Islet trusts.</summary>
internal sealed class OwnerCheck
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode OpenToOthers = WritableByOthers
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private UnixFileMode Forbidden { get; init; }

    private string Fault { get; init; } = "";

    private string Repair { get; init; } = "";

    private string Trust { get; init; } = "";

    private string Setting { get; init; } = "";

    /// <summary>The check of the cache: other users may read it, but its disks, memory and device states become machines.</summary>
    public static OwnerCheck OfCache { get; } = new()
    {
        Forbidden = WritableByOthers,
        Fault = "can be written by other users",
        Repair = "run “chmod -R go-w” on it if no other user has changed anything",
        Trust = "what is in it",
        Setting = "ISLET_CACHE",
    };

    /// <summary>The check of the directory for running machines: other users may not enter it, for agents' sockets are there.</summary>
    public static OwnerCheck OfRunDirectory { get; } = new()
    {
        Forbidden = OpenToOthers,
        Fault = "is open to other users",
        Repair = "run “chmod 700” on it",
        Trust = "it with its sockets",
        Setting = "RunDirectory (ISLET_RUN_DIRECTORY)",
    };

    /// <summary>
    /// Returns <see langword="null"/> if a file or directory belongs to this user alone, as far as the check asks for it; otherwise the
    /// fault and what to do, as sentences.
    /// </summary>
    /// <param name="status">The status of the file or directory.</param>
    /// <param name="path">Its path, for the sentences.</param>
    public string? FindFault(PosixStatus status, string path)
    {
        uint user = CurrentUser.Id;
        if (status.UserId != user)
        {
            return $"{path} belongs to the user with the id {status.UserId} and not to you ({user}), so Islet does not trust {Trust}. "
                + $"Remove it, give it to yourself with chown, or set {Setting} to a directory of your own.";
        }

        return (status.Permissions & Forbidden) == 0
            ? null
            : $"{path} {Fault}, so Islet does not trust {Trust}. Remove it, or {Repair}, or set {Setting} to a directory that only you can "
                + "write.";
    }
}
