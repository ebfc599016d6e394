namespace Islet;

/// <summary>A terminal's size in characters.</summary>
/// <param name="Columns">Its width.</param>
/// <param name="Rows">Its height.</param>
public readonly record struct TerminalSize(int Columns, int Rows);
