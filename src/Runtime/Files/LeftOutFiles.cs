using System.Globalization;
using Islet.Diagnostics;

namespace Islet.Files;

/// <summary>What a copy leaves out, a line for each; a container may have more of it than anybody wants to hold or read.</summary>
internal sealed class LeftOutFiles
{
    private const int MostLines = 1000;

    private readonly List<string> _lines = [];
    private long _count;

    public void Add(ReadOnlySpan<byte> name, string what)
    {
        if (++_count <= MostLines)
            _lines.Add($"{Printable.Of(name)}: {what}");
    }

    public CopyResult ToResult() => new(_count <= MostLines
        ? _lines
        : [.. _lines, string.Create(CultureInfo.InvariantCulture, $"… and {_count - MostLines} more")]);
}
