using System.Diagnostics;
using System.Runtime.InteropServices;
using Islet.Protocol.Agent;
using Islet.VirtualMachines.Qemu;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.VirtualMachine.Tests.Isolation;

/// <summary>
/// A container resolves names as the host's name server does: questions and answers pass the guest's rules and the host's filter.
/// </summary>
public sealed class NameTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("islet-names-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Names_resolve_through_the_hosts_name_server_and_do_so_when_the_card_has_got_another_address()
    {
        TestRuntime.RequireMachines();
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give QEMU another /etc/resolv.conf than the host's.");
        Assert.SkipUnless(await CanMountAsync(), "This root may not mount in a namespace of its own, as in a chroot that is no mount.");
        using var server = new NameServer("192.0.2.53");
        await using ContainerRuntime runtime = NewRuntime($"nameserver {server.Address}\n");
        await using Container container = await TestRuntime.Idle.StartAsync(runtime, Cancelled);

        Assert.Equal("192.0.2.53", await ResolveAsync(container, "before.example"));
        await container.Core.Agent.RenewAsync(new RenewRequest { Mac = "02:aa:bb:cc:dd:ee" }, Cancelled);
        Assert.Equal("192.0.2.53", await ResolveAsync(container, "after.example"));
        Assert.Equal(["after.example", "before.example"], server.Asked.Distinct().Order());
    }

    private static async Task<bool> CanMountAsync()
    {
        using Process unshare = Process.Start(new ProcessStartInfo("unshare", ["--mount", "true"]) { RedirectStandardError = true })!;
        await unshare.WaitForExitAsync(Cancelled);
        return unshare.ExitCode == 0;
    }

    private static async Task<string> ResolveAsync(Container container, string name)
    {
        ExecResult result = await container.ExecAsync(["getent", "ahostsv4", name], cancellationToken: Cancelled);
        return result.Stdout.Split(' ')[0];
    }

    // QEMU asks the name server that it finds in its own /etc/resolv.conf.
    private ContainerRuntime NewRuntime(string resolverConfiguration)
    {
        string program = Path.Combine(_directory.FullName, "qemu"), configuration = Path.Combine(_directory.FullName, "resolv.conf");
        File.WriteAllText(configuration, resolverConfiguration);
        File.WriteAllText(program, $"""
            #!/bin/sh
            exec unshare --mount sh -c 'mount --bind {configuration} /etc/resolv.conf && exec qemu-system-x86_64 "$@"' qemu "$@"
            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        QemuBackend.Detection found = QemuBackend.Detection.OfThisHost(RuntimeInformation.OSArchitecture);
        QemuBackend.Detection detection = found with { Installation = found.Installation! with { Path = program } };
        return new ContainerRuntime(new IsletOptions { PrepareTemplates = false })
        {
            Engine = { Backend = new QemuBackend(null, _ => detection, () => RunDirectory.OfThisProcess(null)) },
        };
    }
}
