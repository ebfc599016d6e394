using Islet.Values;

namespace Islet.Containers;

/// <summary>
/// A command as messages and traces may show it: only the program, since arguments may hold passwords and may be of any length.
/// </summary>
internal static class ShownCommand
{
    /// <summary>Returns the program in quotation marks, with the number of its arguments: <c>"psql" (with 4 arguments)</c>.</summary>
    public static string Quote(IReadOnlyList<string> command) => command.Count switch
    {
        0 => "\"\"",
        1 => Excerpt.Quote(command[0]),
        2 => Excerpt.Quote(command[0]) + " (with 1 argument)",
        _ => $"{Excerpt.Quote(command[0])} (with {command.Count - 1} arguments)",
    };
}
