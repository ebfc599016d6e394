namespace Islet.Files;

/// <summary>
/// The part of the host's resolver settings that a container gets, as in Docker: the search domains. The host itself resolves names.
/// </summary>
internal static class HostSearchDomains
{
    // resolv.conf(5): the C library's own limits for a list.
    private const int MaxDomains = 6, MaxCharacters = 256;

    private const string Path = "/etc/resolv.conf";

    /// <summary>Returns the domains of the host's <c>search</c> line; none if the host has no such file.</summary>
    public static IReadOnlyList<string> SearchDomains()
    {
        try
        {
            return File.Exists(Path) ? Parse(File.ReadLines(Path)) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Returns the domains of the last <c>search</c> or <c>domain</c> line, which overrides the earlier ones.</summary>
    internal static IReadOnlyList<string> Parse(IEnumerable<string> lines)
    {
        string[] domains = [];
        foreach (string line in lines)
        {
            string[] words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && words[0] is "search" or "domain")
                domains = words[1..];
        }

        int room = MaxCharacters;
        return [.. domains.Where(IsDomain).Take(MaxDomains).TakeWhile(domain => (room -= domain.Length + 1) >= 0)];
    }

    // A single dot means none.
    private static bool IsDomain(string domain) => domain != "." && domain.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}
