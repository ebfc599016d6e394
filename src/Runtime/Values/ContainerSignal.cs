using System.Collections.Frozen;
using System.Globalization;

namespace Islet;

/// <summary>A signal to a process in a container: by name (<c>SIGTERM</c>, <c>TERM</c>) or number, as on Linux.</summary>
/// <param name="Number">Linux's number of the signal, the same on x86-64 and arm64.</param>
public readonly record struct ContainerSignal(int Number)
{
    // signal(7), the column for x86 and ARM. The guest is always Linux, whatever the host is.
    private static readonly FrozenDictionary<string, int> s_numbers = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        ["HUP"] = 1, ["INT"] = 2, ["QUIT"] = 3, ["ILL"] = 4, ["TRAP"] = 5, ["ABRT"] = 6, ["BUS"] = 7, ["FPE"] = 8,
        ["KILL"] = 9, ["USR1"] = 10, ["SEGV"] = 11, ["USR2"] = 12, ["PIPE"] = 13, ["ALRM"] = 14, ["TERM"] = 15,
        ["STKFLT"] = 16, ["CHLD"] = 17, ["CONT"] = 18, ["STOP"] = 19, ["TSTP"] = 20, ["TTIN"] = 21, ["TTOU"] = 22,
        ["URG"] = 23, ["XCPU"] = 24, ["XFSZ"] = 25, ["VTALRM"] = 26, ["PROF"] = 27, ["WINCH"] = 28, ["IO"] = 29,
        ["PWR"] = 30, ["SYS"] = 31, ["RTMIN"] = 34, ["RTMAX"] = 64,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The signal that asks a process to end: SIGTERM.</summary>
    public static ContainerSignal Terminate => new(15);

    /// <summary>The signal that ends a process at once: SIGKILL.</summary>
    public static ContainerSignal Kill => new(9);

    /// <summary>The signal that Ctrl-C sends: SIGINT.</summary>
    public static ContainerSignal Interrupt => new(2);

    /// <summary>The signal by which many servers read their configuration again: SIGHUP.</summary>
    public static ContainerSignal Hangup => new(1);

    /// <summary>The signal that Ctrl-\ sends: SIGQUIT.</summary>
    public static ContainerSignal Quit => new(3);

    /// <summary>A signal whose meaning each program chooses: SIGUSR1.</summary>
    public static ContainerSignal User1 => new(10);

    /// <summary>Another signal whose meaning each program chooses: SIGUSR2.</summary>
    public static ContainerSignal User2 => new(12);

    /// <summary>Reads a name, with or without <c>SIG</c>, a number, or <c>SIGRTMIN+3</c>.</summary>
    /// <exception cref="FormatException">There is no such signal.</exception>
    public static ContainerSignal Parse(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 64)
            return new ContainerSignal(number);

        string name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        if (s_numbers.TryGetValue(name, out number))
            return new ContainerSignal(number);

        int sign = name.IndexOfAny(['+', '-']);
        if (sign > 0 && s_numbers.TryGetValue(name[..sign], out int real) && real >= 34
            && int.TryParse(name.AsSpan(sign), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int offset)
            && real + offset is >= 34 and <= 64)
            return new ContainerSignal(real + offset);

        throw new FormatException($"\"{text}\" is not a Linux signal; write a name such as SIGTERM or a number from 1 to 64.");
    }

    /// <inheritdoc/>
    public override string ToString() => NameOf(Number);

    internal static string NameOf(int number)
    {
        foreach ((string name, int value) in s_numbers)
        {
            if (value == number)
                return "SIG" + name;
        }

        return number > 34 ? string.Create(CultureInfo.InvariantCulture, $"SIGRTMIN+{number - 34}")
            : "signal " + number.ToString(CultureInfo.InvariantCulture);
    }
}
