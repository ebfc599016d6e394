using System.Globalization;

namespace Islet;

/// <summary>Reads settings that were written as text, and collects all errors, so that one mistake does not hide the next.</summary>
internal sealed class IsletOptionsText
{
    private readonly List<string> _failures = [];

    /// <summary>A sentence for each text that could not be read, with the name of its setting.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Reads a whole number; returns null if the text is missing, empty or wrong.</summary>
    public int? Integer(string setting, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (int.TryParse(
            text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out int number))
            return number;
        _failures.Add($"{setting} is \"{text}\", which is not a whole number.");
        return null;
    }

    /// <summary>Reads an amount of memory; returns null if the text is missing, empty or wrong.</summary>
    public MemorySize? Memory(string setting, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (MemorySize.TryParse(text, CultureInfo.InvariantCulture, out MemorySize size))
            return size;
        _failures.Add($"{setting} is \"{text}\", which is not an amount of memory: write 512 MiB, 1.5 GiB or a number of bytes.");
        return null;
    }

    /// <summary>Reads a yes or no; returns null if the text is missing, empty or wrong.</summary>
    public bool? Boolean(string setting, string? text)
    {
        switch (text?.Trim().ToUpperInvariant())
        {
            case null or "":
                return null;
            case "TRUE" or "1" or "YES":
                return true;
            case "FALSE" or "0" or "NO":
                return false;
            default:
                _failures.Add($"{setting} is \"{text}\", which is neither true nor false.");
                return null;
        }
    }

    /// <summary>Reads a list whose items are joined by commas; returns null if the text is missing or empty.</summary>
    public IReadOnlyList<string>? List(string? text) => string.IsNullOrWhiteSpace(text)
        ? null
        : text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Reads <c>registry=mirror,mirror;registry=mirror</c>; returns null if the text is missing or empty.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Mirrors(string setting, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;

        var mirrors = new Dictionary<string, IReadOnlyList<string>>();
        foreach (string entry in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && List(entry[(equals + 1)..]) is { } list)
                mirrors[entry[..equals].TrimEnd()] = list;
            else
                _failures.Add($"{setting} holds \"{entry}\", which does not say registry=mirror, as in docker.io=mirror.example:5000.");
        }

        return mirrors;
    }
}
