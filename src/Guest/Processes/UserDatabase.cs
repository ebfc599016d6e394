using System.Globalization;
using System.Text;
using Grpc.Core;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

/// <summary>The user and groups that a process runs as.</summary>
/// <param name="User">The user id.</param>
/// <param name="Group">The primary group id.</param>
/// <param name="Groups">The supplementary group ids.</param>
/// <param name="Home">The home directory; "/" where the image does not name one.</param>
internal sealed record ProcessUser(uint User, uint Group, uint[] Groups, string Home);

/// <summary>
/// Resolves the user of an OCI image configuration (image-spec, config.md, "User") against the image's own /etc/passwd and /etc/group.
/// Pure: it takes the files' content, which is as hostile as the image.
/// </summary>
/// <param name="passwd">The content of /etc/passwd; null: the file does not exist.</param>
/// <param name="group">The content of /etc/group; null: the file does not exist.</param>
/// <remarks>The content is parsed in place, line by line and field by field, without any copies.</remarks>
internal sealed class UserDatabase(byte[]? passwd, byte[]? group)
{
    // The range on which the kernel and every tool agree; beyond it, casts to a signed number turn an unknown user into root
    // (CVE-2024-40635).
    private const uint MaxId = int.MaxValue;

    // NGROUPS_MAX: the kernel's limit.
    private const int MaxGroups = 65536;

    /// <summary>Resolves a user and its groups.</summary>
    /// <param name="user">user, uid, user:group, uid:gid, uid:group, user:gid; empty: root.</param>
    /// <param name="additionalGroups">Names or ids.</param>
    /// <exception cref="GrpcException">A name does not exist, or an id is out of range.</exception>
    public ProcessUser Resolve(string user, IReadOnlyList<string> additionalGroups)
    {
        int colon = user.IndexOf(':');
        string userPart = colon < 0 ? user : user[..colon];
        string groupPart = colon < 0 ? "" : user[(colon + 1)..];

        uint? wantedId = userPart.Length == 0 ? 0 : TryParseId(userPart, "user");
        ReadOnlySpan<byte> entry = Find(passwd, userPart, wantedId, minimumFields: 4);
        if (entry.IsEmpty && wantedId is null)
            throw new GrpcException(StatusCode.NotFound, $"user \"{userPart}\" is not in the image's /etc/passwd");

        uint id = wantedId ?? ParseEntryId(entry, 2, $"user \"{userPart}\" has no valid id in the image's /etc/passwd");
        uint primary = entry.IsEmpty ? 0 : ParseEntryId(entry, 3, $"user \"{userPart}\" has no valid group id in the image's /etc/passwd");
        string home = Encoding.UTF8.GetString(Field(entry, 5));

        var groups = new List<uint>();
        if (groupPart.Length > 0)
            primary = ResolveGroup(groupPart);
        else if (!entry.IsEmpty)
            AddMemberships(Field(entry, 0), groups);
        foreach (string additional in additionalGroups)
            Add(groups, ResolveGroup(additional));
        return new ProcessUser(id, primary, [.. groups], home.Length == 0 ? "/" : home);
    }

    private uint ResolveGroup(string name)
    {
        uint? id = TryParseId(name, "group");
        ReadOnlySpan<byte> entry = Find(group, name, id, minimumFields: 3);
        if (!entry.IsEmpty)
            return ParseEntryId(entry, 2, $"group \"{name}\" has no valid id in the image's /etc/group");
        return id ?? throw new GrpcException(StatusCode.NotFound, $"group \"{name}\" is not in the image's /etc/group");
    }

    private void AddMemberships(ReadOnlySpan<byte> user, List<uint> groups)
    {
        var seen = new HashSet<uint>();
        ReadOnlySpan<byte> rest = group;
        while (TryTakeLine(ref rest, out ReadOnlySpan<byte> line))
        {
            if (!IsMember(Field(line, 3), user) || !TryParse(Field(line, 2), out uint id) || id > MaxId || !seen.Add(id))
                continue;
            if (groups.Count == MaxGroups)
                throw new GrpcException(StatusCode.InvalidArgument,
                    $"the image's /etc/group has the user in more than {MaxGroups} groups, the most that Linux takes");
            groups.Add(id);
        }
    }

    private static bool IsMember(ReadOnlySpan<byte> members, ReadOnlySpan<byte> user)
    {
        while (!members.IsEmpty)
        {
            int comma = members.IndexOf((byte)',');
            if ((comma < 0 ? members : members[..comma]).SequenceEqual(user))
                return true;
            members = comma < 0 ? default : members[(comma + 1)..];
        }

        return false;
    }

    private static void Add(List<uint> groups, uint id)
    {
        if (!groups.Contains(id))
            groups.Add(id);
    }

    /// <summary>Returns the line of a name, or of an id; empty where there is none.</summary>
    private static ReadOnlySpan<byte> Find(byte[]? file, string name, uint? id, int minimumFields)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        ReadOnlySpan<byte> rest = file;
        while (TryTakeLine(ref rest, out ReadOnlySpan<byte> line))
        {
            if (line.Count((byte)':') + 1 < minimumFields)
                continue;
            if (id is { } number ? TryParse(Field(line, 2), out uint found) && found == number : Field(line, 0).SequenceEqual(wanted))
                return line;
        }

        return default;
    }

    private static bool TryTakeLine(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (rest.IsEmpty)
            return false;
        int end = rest.IndexOf((byte)'\n');
        line = (end < 0 ? rest : rest[..end]).Trim(" \t\r"u8);
        rest = end < 0 ? default : rest[(end + 1)..];
        return true;
    }

    // Returns an empty span where there is no such field.
    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int index)
    {
        for (; index > 0; index--)
        {
            int colon = line.IndexOf((byte)':');
            if (colon < 0)
                return default;
            line = line[(colon + 1)..];
        }

        int end = line.IndexOf((byte)':');
        return end < 0 ? line : line[..end];
    }

    /// <summary>
    /// Parses an id; returns null for a name. Digits beyond the range are neither: no entry of a file can make them valid.
    /// </summary>
    private static uint? TryParseId(string text, string what)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                if (text[0] is '-' or '+')
                    throw new GrpcException(StatusCode.InvalidArgument, $"{what} \"{text}\" is neither a name nor an id");
                return null;
            }
        }

        if (text.Length == 0)
            throw new GrpcException(StatusCode.InvalidArgument, $"the {what} is empty");
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id <= MaxId
            ? id
            : throw new GrpcException(StatusCode.InvalidArgument, $"{what} id {text} is out of range: ids go from 0 to {MaxId}");
    }

    private static uint ParseEntryId(ReadOnlySpan<byte> entry, int index, string problem) =>
        TryParse(Field(entry, index), out uint id) && id <= MaxId ? id : throw new GrpcException(StatusCode.InvalidArgument, problem);

    private static bool TryParse(ReadOnlySpan<byte> digits, out uint id)
    {
        id = 0;
        return !digits.IsEmpty && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }
}
