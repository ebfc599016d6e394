namespace Islet.Images.Registry;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header (RFC 9110, section 11.6.1): a scheme and its parameters.</summary>
internal sealed record AuthenticationChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>
    /// Reads the parameters of a challenge: <c>realm="https://…",service="…"</c>. The list ends at the first malformed parameter.
    /// </summary>
    public static AuthenticationChallenge Parse(string scheme, string? parameters)
    {
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        ReadOnlySpan<char> rest = parameters.AsSpan().Trim();
        while (rest.IndexOf('=') is > 0 and var equals)
        {
            string name = rest[..equals].Trim().ToString();
            rest = rest[(equals + 1)..].TrimStart();
            if (!TryReadValue(ref rest, out string value))
                break;

            found.TryAdd(name, value);
            rest = rest.TrimStart(" \t,");
        }

        return new AuthenticationChallenge(scheme, found);
    }

    private static bool TryReadValue(ref ReadOnlySpan<char> rest, out string value)
    {
        if (rest is not ['"', ..])
        {
            int end = rest.IndexOfAny(',', ' ');
            value = (end < 0 ? rest : rest[..end]).ToString();
            rest = end < 0 ? [] : rest[end..];
            return value.Length > 0;
        }

        var text = new System.Text.StringBuilder();
        for (int i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                value = text.ToString();
                rest = rest[(i + 1)..];
                return true;
            }

            if (rest[i] == '\\' && i + 1 < rest.Length)
                i++;
            text.Append(rest[i]);
        }

        value = "";
        return false;
    }
}
