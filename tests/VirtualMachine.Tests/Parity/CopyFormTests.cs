namespace Islet.VirtualMachine.Tests.Parity;

/// <summary>Files and directories of the host, with the requested mode and owner: copied before the start, and while it runs.</summary>
public sealed class CopyFormTests(IdleContainerFixture idle) : IDisposable
{
    private const UnixFileMode ReadAndRun =
        UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private readonly DirectoryInfo _host = Directory.CreateTempSubdirectory("islet-parity-");
    private readonly string _inside = "/tmp/parity-" + Guid.NewGuid().ToString("N");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _host.Delete(recursive: true);

    [Fact]
    public async Task A_file_and_a_directory_copied_before_the_start_have_the_mode_and_the_owner_that_were_asked_for()
    {
        WriteTree();
        await using Container container = await TestRuntime.Idle
            .WithCopy(Path.Combine(_host.FullName, "tool"), "/opt/tool", ReadAndRun, 1000, 1001)
            .WithCopy(_host.FullName, "/opt/tree", userId: 1000, groupId: 1001)
            .StartTestAsync();
        Assert.Equal(
            "550 1000 1001\n640 1000 1001\n750 1000 1001\nfrom the host\n",
            await ShellAsync(container, "cd /opt; stat -c '%a %u %g' tool tree/sub/data tree/sub; cat tree/sub/data"));
    }

    [Fact]
    public async Task A_file_and_a_directory_copied_while_it_runs_have_the_mode_and_the_owner_that_were_asked_for()
    {
        WriteTree();
        Container container = await idle.GetAsync();
        await container.CopyToAsync(Path.Combine(_host.FullName, "tool"), $"{_inside}/tool", ReadAndRun, 1000, 1001, Cancelled);
        await container.CopyToAsync(_host.FullName, $"{_inside}/tree", mode: null, userId: 1000, groupId: 1001, Cancelled);
        Assert.Equal(
            "550 1000 1001\n640 1000 1001\n750 1000 1001\n",
            await ShellAsync(container, $"cd {_inside}; stat -c '%a %u %g' tool tree/sub/data tree/sub"));
        Assert.Equal("works\n", await ShellAsync(container, $"{_inside}/tool"));
    }

    private void WriteTree()
    {
        string tool = Path.Combine(_host.FullName, "tool"), data = Path.Combine(_host.CreateSubdirectory("sub").FullName, "data");
        File.WriteAllText(tool, "#!/bin/sh\necho works\n");
        File.WriteAllText(data, "from the host\n");
        File.SetUnixFileMode(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.SetUnixFileMode(Path.GetDirectoryName(data)!, ReadAndRun | UnixFileMode.UserWrite);
    }

    private static async Task<string> ShellAsync(Container container, string script)
    {
        ExecResult result = await container.ExecAsync(["sh", "-c", script], cancellationToken: Cancelled);
        Assert.True(result.ExitCode == 0, result.Stderr);
        return result.Stdout;
    }
}
