using System.Globalization;
using Islet.Diagnostics;

namespace Islet.Files;

/// <summary>
/// The files that a copy leaves out, a line for each. The number of lines is limited, since a container may have any number.
/// </summary>
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
