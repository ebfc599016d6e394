namespace Islet.Files;

/// <summary>What of the host's resolver a container gets, as with Docker: its search domains. Names are resolved by the host itself.</summary>
internal static class HostResolver
{
    // resolv.conf(5): the C library's own bounds on a list.
    private const int MaxDomains = 6, MaxCharacters = 256;

    private const string Path = "/etc/resolv.conf";

    /// <summary>The domains of the host's <c>search</c> line; none where the host has no such file.</summary>
    public static IReadOnlyList<string> SearchDomains()
    {
        try
        {
            return File.Exists(Path) ? Parse(File.ReadLines(Path)) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The last <c>search</c> or <c>domain</c> line holds.</summary>
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

    // A dot alone means: none.
    private static bool IsDomain(string domain) => domain != "." && domain.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}
