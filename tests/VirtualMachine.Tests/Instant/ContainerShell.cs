namespace Islet.VirtualMachine.Tests.Instant;

internal static class ContainerShell
{
    /// <summary>Runs a line of shell that must succeed, and returns what it printed, without the last line break.</summary>
    public static async Task<string> RunAsync(this Container container, string script)
    {
        ExecResult result = await container.ExecAsync(["sh", "-c", script], cancellationToken: TestContext.Current.CancellationToken);
        return result.Stdout.TrimEnd('\n');
    }
}
