namespace Islet.Aspire.Exec;

/// <summary>The arguments of <c>docker exec</c>, which Podman accepts as well.</summary>
internal static class ExecArguments
{
    /// <summary>Parses <c>exec [OPTIONS] CONTAINER COMMAND [ARGUMENTS]</c>.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="variable">Returns the value of a variable that is given without one: <c>--env NAME</c>.</param>
    /// <returns>The request, without the size of the terminal.</returns>
    /// <exception cref="FormatException">The arguments have another form.</exception>
    public static ExecRequest Parse(IReadOnlyList<string> arguments, Func<string, string?> variable)
    {
        if (arguments is not ["exec", ..])
            throw new FormatException("A micro-VM takes only 'exec' of an engine's commands.");

        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        string? user = null, directory = null;
        bool interactive = false, terminal = false, privileged = false;
        int next = 1;
        for (; next < arguments.Count && arguments[next] is ['-', _, ..] option; next++)
        {
            if (option == "--")
            {
                next++;
                break;
            }

            (string name, string? value) = Split(option);
            switch (name)
            {
                case "--interactive": interactive = true; break;
                case "--tty": terminal = true; break;
                case "--privileged": privileged = true; break;
                case "--env": Add(environment, Value(), variable); break;
                case "--user": user = Value(); break;
                case "--workdir": directory = Value(); break;
                default:
                    // Short options without a value can be combined: -it.
                    if (name is ['-', not '-', ..] && name[1..].All(letter => letter is 'i' or 't'))
                    {
                        interactive |= name.Contains('i', StringComparison.Ordinal);
                        terminal |= name.Contains('t', StringComparison.Ordinal);
                        break;
                    }

                    throw new FormatException(
                        $"'exec' in a micro-VM has no option '{option}'. It has -i, -t, --env, --user, --workdir and --privileged.");
            }

            string Value() =>
                value ?? (++next < arguments.Count ? arguments[next] : throw new FormatException($"The option '{option}' has no value."));
        }

        if (arguments.Count - next < 2)
            throw new FormatException("'exec' takes a container and a command.");
        return new ExecRequest
        {
            Container = arguments[next], Command = [.. arguments.Skip(next + 1)], Environment = environment,
            User = user, WorkingDirectory = directory, Privileged = privileged, Interactive = interactive, Terminal = terminal,
        };
    }

    // The forms are --name=value, -e value and -evalue.
    private static (string Name, string? Value) Split(string option)
    {
        if (option.StartsWith("--", StringComparison.Ordinal))
            return option.IndexOf('=', StringComparison.Ordinal) is > 0 and int equals
                ? (option[..equals], option[(equals + 1)..])
                : (option, null);

        string? value = option.Length > 2 ? option[2..] : null;
        return option[1] switch
        {
            'e' => ("--env", value),
            'u' => ("--user", value),
            'w' => ("--workdir", value),
            _ => (option, null),
        };
    }

    private static void Add(Dictionary<string, string> environment, string said, Func<string, string?> variable)
    {
        if (said.IndexOf('=', StringComparison.Ordinal) is > 0 and int equals)
            environment[said[..equals]] = said[(equals + 1)..];
        else if (variable(said) is { } value)
            environment[said] = value;
    }
}
