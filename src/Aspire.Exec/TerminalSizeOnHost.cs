using System.Diagnostics;
using System.Globalization;

namespace Islet.Aspire.Exec;

/// <summary>The size of the terminal in which the program runs.</summary>
/// <remarks>The runtime's <see cref="Console"/> would change the terminal's settings before it returned the size.</remarks>
internal static class TerminalSizeOnHost
{
    private const int UsualColumns = 80, UsualRows = 24;

    public static (int Columns, int Rows) Read()
    {
        try
        {
            using Process stty = Process.Start(
                new ProcessStartInfo("stty", ["size"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string[] numbers = stty.StandardOutput.ReadToEnd().Trim().Split(' ');
            stty.WaitForExit();
            if (numbers is [var rows, var columns] && TryRead(rows, out int height) && TryRead(columns, out int width))
                return (width, height);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // The host has no stty.
        }

        return (UsualColumns, UsualRows);
    }

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
}
