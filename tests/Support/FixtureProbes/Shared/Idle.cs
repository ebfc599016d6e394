namespace Islet.Testing.Probes;

/// <summary>A container that does nothing by itself, and the probes' operations on it.</summary>
internal static class Idle
{
    private static readonly Lock s_record = new();

    public static ContainerBuilder Builder => new ContainerBuilder(DebianImage)
        .WithName("idle").WithMemory(MemorySize.FromMebibytes(96)).WithCommand("sleep", "infinity");

    /// <summary>A container that ends at once, after a last line of output.</summary>
    public static ContainerBuilder Broken => Builder
        .WithName("broken").WithCommand("sh", "-c", "echo the configuration is missing; exit 3").WithPort(80);

    /// <summary>Leaves a mark in a container.</summary>
    public static async Task MarkAsync(this Container container, string name, CancellationToken cancellationToken)
    {
        ExecResult result = await container.ExecAsync(["touch", "/var/tmp/" + name], cancellationToken: cancellationToken);
        if (result.ExitCode != 0)
            throw new InvalidOperationException(result.Stderr);
    }

    /// <summary>Returns the marks that tests have left in a container, in order.</summary>
    public static async Task<string> MarksAsync(this Container container, CancellationToken cancellationToken)
    {
        ExecResult result = await container.ExecAsync(["ls", "/var/tmp"], cancellationToken: cancellationToken);
        return string.Join(' ', result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Makes a line appear in the output of the container's process, and waits until it has arrived.</summary>
    public static async Task SayAsync(this Container container, string line, CancellationToken cancellationToken)
    {
        await container.ExecAsync(["sh", "-c", $"echo {line} > /proc/1/fd/1"], cancellationToken: cancellationToken);
        await foreach (LogLine each in container.ReadLogsAsync(new LogOptions { Follow = true }, cancellationToken))
        {
            if (each.Text == line)
                return;
        }
    }

    /// <summary>Records outside of the process that an action was done.</summary>
    public static void Record(string what)
    {
        if (Environment.GetEnvironmentVariable("PROBE_RECORD") is not { Length: > 0 } path)
            return;

        lock (s_record)
            File.AppendAllText(path, what + "\n");
    }

    private static string DebianImage
    {
        get
        {
            DirectoryInfo? directory = new(AppContext.BaseDirectory);
            while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "artifacts", "images", "debian", "index.json")))
                directory = directory.Parent;
            return $"oci:{directory?.FullName}/artifacts/images/debian:latest";
        }
    }
}
