using System.Net;
using System.Net.Sockets;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>Each mistake causes a typed error with a sentence that says what to do, and leaves no machine behind.</summary>
public sealed class BadInputTests
{
    [Fact]
    public async Task An_entrypoint_that_does_not_exist()
    {
        ContainerStartException exception = await FailAsync(
            ContainerStartReason.Process, TestRuntime.Idle.WithEntrypoint("/no/such/program"));
        Assert.Contains("/no/such/program", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entrypoint_that_is_not_executable()
    {
        ContainerStartException exception = await FailAsync(ContainerStartReason.Process, TestRuntime.Idle.WithEntrypoint("/etc/passwd"));
        Assert.Contains("permission denied", exception.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_unknown_user()
    {
        ContainerStartException exception = await FailAsync(ContainerStartReason.Process, TestRuntime.Idle.WithUser("nobody-knows"));
        Assert.Contains("nobody-knows", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        PortUnavailableException exception = await FailAsync<PortUnavailableException>(TestRuntime.Idle.WithPort(80, hostPort: port));
        Assert.Equal(port, exception.HostPort);
    }

    [Fact]
    public void Memory_below_what_a_container_needs()
    {
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(
            () => TestRuntime.Idle.WithMemory(MemorySize.FromMebibytes(1)));
        Assert.Contains("at least 6 MiB", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_is_none()
    {
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "not a kernel", TestContext.Current.CancellationToken);
        try
        {
            await FailAsync(ContainerStartReason.Machine, TestRuntime.Idle.WithKernel(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_kernel_that_does_not_exist() =>
        await FailAsync<HostUnsupportedException>(TestRuntime.Idle.WithKernel("/no/such/kernel"));

    [Fact]
    public async Task A_tag_that_the_layout_does_not_have() =>
        await FailAsync<ImageNotFoundException>(new ContainerBuilder($"oci:{TestImages.Layout("debian")}:no-such-tag"));

    [Fact]
    public async Task A_platform_that_nothing_here_runs() =>
        await FailAsync<HostUnsupportedException>(TestRuntime.Idle.WithPlatform(Platform.Parse("linux/mips")));

    [Fact]
    public async Task A_registry_that_nobody_answers_at() =>
        await FailAsync<RegistryUnreachableException>(new ContainerBuilder("127.0.0.1:1/none/such:1"));

    [Fact]
    public async Task A_start_that_is_cancelled_at_any_moment_leaves_nothing()
    {
        TestRuntime.RequireMachines();
        for (int milliseconds = 0; milliseconds <= 2000; milliseconds += 200)
        {
            HashSet<int> before = Machines();
            using var cancel = new CancellationTokenSource(milliseconds);
            try
            {
                await using Container container = await TestRuntime.Idle
                    .WithName("cancelled-start").StartAsync(TestRuntime.OfNamedMachines, cancel.Token);
            }
            catch (OperationCanceledException exception)
            {
                Assert.Equal(cancel.Token, exception.CancellationToken);
            }

            // Machines of tests that run at the same time come and go; only a machine of this test must not be there.
            Assert.DoesNotContain(
                Machines().Except(before), machine => CommandLine(machine).Contains("cancelled-start", StringComparison.Ordinal));
        }
    }

    private static async Task<ContainerStartException> FailAsync(ContainerStartReason reason, ContainerBuilder builder)
    {
        ContainerStartException exception = await FailAsync<ContainerStartException>(builder);
        Assert.Equal(reason, exception.Reason);
        return exception;
    }

    private static async Task<TException> FailAsync<TException>(ContainerBuilder builder)
        where TException : Exception
    {
        string name = "bad-" + Guid.NewGuid().ToString("N")[..8];
        TestRuntime.RequireMachines();
        TException exception = await Assert.ThrowsAsync<TException>(
            () => builder.WithName(name).StartAsync(TestRuntime.OfNamedMachines, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(Machines(), machine => CommandLine(machine).Contains(name, StringComparison.Ordinal));
        return exception;
    }

    private static HashSet<int> Machines() =>
        [.. System.Diagnostics.Process.GetProcesses()
            .Where(process => process.ProcessName.StartsWith("qemu-system", StringComparison.Ordinal)).Select(process => process.Id)];

    private static string CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
