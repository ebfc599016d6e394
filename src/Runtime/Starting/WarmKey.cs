using System.Globalization;
using System.Security.Cryptography;
using Islet.Description;
using Islet.Engine;
using Islet.Files;
using Islet.Snapshots;

namespace Islet.Starting;

/// <summary>
/// The key of a warm state: everything that determines the state in which a container is ready. Values that may be secret are in it only
/// as a keyed hash.
/// </summary>
internal static class WarmKey
{
    /// <exception cref="StorageException">A file that is to be copied into the container can't be read.</exception>
    public static async Task<SnapshotKey> OfAsync(
        RuntimeEngine engine, ContainerBlueprint blueprint, IReadOnlyList<string> callbackVersions, CancellationToken cancellationToken)
    {
        ContainerOptions options = blueprint.Options;
        SnapshotKeyBuilder key = engine.Snapshots.NewKey()
            .Add("islet", IsletVersion.Current)
            .Add("machine", engine.Backend.GetShape(blueprint.Machine))
            .Add("image", blueprint.ImageDigest.ToString())
            .AddSecretMap("wait", Numbered((options.Wait ?? Wait.Default).CacheKeyParts))
            .AddList("ports", [.. options.Ports.Select(port => Text(port.ContainerPort))])
            .AddList("callbacks", callbackVersions);
        AddProcess(key, blueprint);
        AddLimits(key, blueprint);
        await AddFilesAsync(key, options, cancellationToken).ConfigureAwait(false);
        return key.Build();
    }

    private static void AddProcess(SnapshotKeyBuilder key, ContainerBlueprint blueprint)
    {
        ContainerOptions options = blueprint.Options;
        ProcessSettings process = blueprint.Process;
        key.AddSecretMap("environment", process.Environment)
            .AddSecretMap("arguments", Numbered(process.Arguments))
            .Add("directory", process.WorkingDirectory)
            .Add("user", process.User)
            .AddList("groups", options.AdditionalGroups)
            .AddList("capabilities", [.. process.Capabilities.Order(StringComparer.Ordinal)])
            .Add("privileged", Text(options.Privileged))
            .Add("no new privileges", Text(options.NoNewPrivileges))
            .AddList("denied system calls", [.. (options.Seccomp?.DeniedSystemCalls ?? []).Order(StringComparer.Ordinal)])
            .Add("terminal", options.Terminal?.ToString() ?? "")
            .Add("stdin", Text(options.OpenStdin))
            .Add("hostname", options.Hostname ?? "")
            .Add("network", Text(options.Network))
            .AddMap("hosts", options.ExtraHosts)
            .AddList("host ports", [.. options.HostPorts.Select(port => $"{port.Name}:{Text(port.Port)}")]);
    }

    private static void AddLimits(SnapshotKeyBuilder key, ContainerBlueprint blueprint)
    {
        ContainerOptions options = blueprint.Options;
        key.Add("memory", Text(blueprint.Memory.Bytes))
            .Add("processors", options.CpuLimit?.ToString("R", CultureInfo.InvariantCulture) ?? "")
            .Add("processes", Text(options.PidsLimit ?? 0))
            .Add("shared memory", Text(options.SharedMemory?.Bytes ?? 0))
            .Add("read-only root", Text(options.ReadOnlyRoot))
            .AddList("tmpfs", [.. options.Tmpfs.OrderBy(mount => mount.Path, StringComparer.Ordinal)
                .Select(mount => $"{mount.Path} {mount.Size?.Bytes} {(int?)mount.Mode}")])
            .AddList("rlimits", [.. options.ResourceLimits
                .OrderBy(limit => limit.Type, StringComparer.Ordinal).Select(limit => $"{limit.Type} {limit.Soft} {limit.Hard}")])
            .AddMap("sysctls", options.Sysctls);
    }

    // A file may hold a password as well as a schema, so contents are hashed like the environment.
    private static async Task AddFilesAsync(SnapshotKeyBuilder key, ContainerOptions options, CancellationToken cancellationToken)
    {
        var contents = new Dictionary<string, string>();
        foreach (ContainerFile file in options.Files)
            contents[$"{contents.Count} {file.Path}{(file.IsDirectory ? "/" : "")} {Attributes(file.Mode, file.UserId, file.GroupId)}"] =
                Convert.ToHexStringLower(SHA256.HashData(file.Content.Span));
        foreach (HostCopy copy in options.Copies)
        {
            string name = $"{contents.Count} {copy.Path} {Attributes(copy.Mode, copy.UserId, copy.GroupId)}";
            contents[name] = await HostTreeHash.HashAsync(copy.Source, cancellationToken).ConfigureAwait(false);
        }

        foreach (HostArchive archive in options.Archives)
            contents[$"{contents.Count} {archive.Path} archive"] = await HostTreeHash.HashAsync(
                archive.Source, cancellationToken).ConfigureAwait(false);

        key.AddSecretMap("files", contents);
    }

    private static Dictionary<string, string> Numbered(IReadOnlyList<string> values) =>
        values.Index().ToDictionary(value => Text(value.Index), value => value.Item);

    private static string Attributes(UnixFileMode? mode, int user, int group) => $"{(int?)mode} {user} {group}";

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "yes" : "no";
}
