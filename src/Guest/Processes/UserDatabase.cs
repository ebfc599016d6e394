using System.Globalization;
using System.Text;
using Islet.Protocol.Ttrpc;

namespace Islet.Guest.Processes;

/// <summary>Who a process runs as.</summary>
/// <param name="User">The user id.</param>
/// <param name="Group">The primary group id.</param>
/// <param name="Groups">The supplementary group ids.</param>
/// <param name="Home">The home directory; "/" where the image says nothing.</param>
internal sealed record ProcessUser(uint User, uint Group, uint[] Groups, string Home);

/// <summary>
/// Resolves the user of an OCI image configuration (image-spec, config.md, "User") against the image's own /etc/passwd and
/// /etc/group. Pure: takes the files' content, which is as hostile as the image.
/// </summary>
internal sealed class UserDatabase
{
    // What the kernel and every tool agree on; beyond, casts to a signed number turn an unknown user into root (CVE-2024-40635).
    private const uint MaxId = int.MaxValue;

    private readonly string[] _users;
    private readonly string[] _groups;

    /// <param name="passwd">The content of /etc/passwd; null: there is none.</param>
    /// <param name="group">The content of /etc/group; null: there is none.</param>
    public UserDatabase(byte[]? passwd, byte[]? group)
    {
        _users = Lines(passwd);
        _groups = Lines(group);
    }

    /// <param name="user">user, uid, user:group, uid:gid, uid:group, user:gid; empty: root.</param>
    /// <param name="additionalGroups">Names or ids.</param>
    /// <exception cref="TtrpcException">A name that is not there, or an id out of range.</exception>
    public ProcessUser Resolve(string user, IReadOnlyList<string> additionalGroups)
    {
        int colon = user.IndexOf(':');
        string userPart = colon < 0 ? user : user[..colon];
        string groupPart = colon < 0 ? "" : user[(colon + 1)..];

        uint? wantedId = userPart.Length == 0 ? 0 : TryParseId(userPart, "user");
        string[]? entry = FindUser(userPart, wantedId);
        if (entry is null && wantedId is null)
            throw new TtrpcException(StatusCode.NotFound, $"user \"{userPart}\" is not in the image's /etc/passwd");

        uint id = wantedId ?? ParseEntryId(entry!, 2, $"user \"{userPart}\" has no valid id in the image's /etc/passwd");
        uint group = entry is null ? 0 : ParseEntryId(entry, 3, $"user \"{userPart}\" has no valid group id in the image's /etc/passwd");
        string home = entry is { Length: > 5 } && entry[5].Length > 0 ? entry[5] : "/";

        var groups = new List<uint>();
        if (groupPart.Length > 0)
            group = ResolveGroup(groupPart);
        else if (entry is not null)
            AddMemberships(entry[0], groups);
        foreach (string additional in additionalGroups)
            Add(groups, ResolveGroup(additional));
        return new ProcessUser(id, group, [.. groups], home);
    }

    private string[]? FindUser(string name, uint? id)
    {
        foreach (string line in _users)
        {
            string[] fields = line.Split(':');
            if (fields.Length < 4)
                continue;
            bool found = id is { } wanted ? HasId(fields[2], wanted) : fields[0] == name;
            if (found)
                return fields;
        }

        return null;
    }

    private uint ResolveGroup(string name)
    {
        uint? id = TryParseId(name, "group");
        foreach (string line in _groups)
        {
            string[] fields = line.Split(':');
            if (fields.Length >= 3 && (id is { } wanted ? HasId(fields[2], wanted) : fields[0] == name))
                return ParseEntryId(fields, 2, $"group \"{name}\" has no valid id in the image's /etc/group");
        }

        return id ?? throw new TtrpcException(StatusCode.NotFound, $"group \"{name}\" is not in the image's /etc/group");
    }

    private void AddMemberships(string user, List<uint> groups)
    {
        foreach (string line in _groups)
        {
            string[] fields = line.Split(':');
            if (fields.Length < 4 || !TryParse(fields[2], out uint id) || id > MaxId)
                continue;
            foreach (string member in fields[3].Split(','))
            {
                if (member == user)
                    Add(groups, id);
            }
        }
    }

    private static void Add(List<uint> groups, uint id)
    {
        if (!groups.Contains(id))
            groups.Add(id);
    }

    /// <summary>An id, or null for a name. Digits beyond the range are neither: no file can make them right.</summary>
    private static uint? TryParseId(string text, string what)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                if (text[0] is '-' or '+')
                    throw new TtrpcException(StatusCode.InvalidArgument, $"{what} \"{text}\" is neither a name nor an id");
                return null;
            }
        }

        if (text.Length == 0)
            throw new TtrpcException(StatusCode.InvalidArgument, $"the {what} is empty");
        return TryParse(text, out uint id) && id <= MaxId
            ? id
            : throw new TtrpcException(StatusCode.InvalidArgument, $"{what} id {text} is out of range: ids go from 0 to {MaxId}");
    }

    private static uint ParseEntryId(string[] fields, int index, string problem) =>
        TryParse(fields[index], out uint id) && id <= MaxId ? id : throw new TtrpcException(StatusCode.InvalidArgument, problem);

    private static bool HasId(string field, uint id) => TryParse(field, out uint found) && found == id;

    private static bool TryParse(string text, out uint id) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);

    private static string[] Lines(byte[]? content) =>
        content is null ? [] : Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.TrimEntries);
}
