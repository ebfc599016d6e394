using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Qemu;

/// <summary>A host so busy that the guest is up before the library has connected to QEMU's monitor.</summary>
[Collection("Machines")]
public sealed class LateMonitorTests(QemuFixture qemu) : IClassFixture<QemuFixture>
{
    // Placed between the host and the real QEMU: no byte of the host reaches the monitor before the agent has reported on the console that
    // it is ready.
    private const string LateQemu = """
        #!/usr/bin/env python3
        import fcntl, os, select, signal, socket, subprocess, sys
        MONITOR, CONSOLE = 3, 5
        host, own = {}, {}
        for number in (MONITOR, CONSOLE):
            host[number] = socket.socket(fileno=os.dup(number))
            own[number], theirs = socket.socketpair()
            os.dup2(theirs.fileno(), number)
            theirs.close()
        ours, theirs = socket.socketpair()
        theirs.set_inheritable(True)
        qemu = subprocess.Popen(["qemu-system-x86_64", *sys.argv[1:]], close_fds=False)
        # QEMU dies with this program, also when it has become another user: PR_SET_PDEATHSIG ends with that.
        fcntl.fcntl(theirs, 10, signal.SIGKILL)  # F_SETSIG
        fcntl.fcntl(theirs, fcntl.F_SETOWN, qemu.pid)
        fcntl.fcntl(theirs, fcntl.F_SETFL, os.O_ASYNC)
        os.close(MONITOR)
        os.close(CONSOLE)
        routes = {own[n]: host[n] for n in own} | {host[CONSOLE]: own[CONSOLE]}
        said = b""
        while True:
            for source in select.select(list(routes), [], [])[0]:
                data = source.recv(65536)
                if not data:
                    sys.exit(qemu.wait())
                routes[source].sendall(data)
                if source is own[CONSOLE] and b"islet: ready" not in said:
                    said += data
                    if b"islet: ready" in said:
                        routes[host[MONITOR]] = own[MONITOR]
        """;

    [Fact]
    public async Task StartAsync_finds_an_agent_that_was_there_first()
    {
        _ = qemu.Options(); // skips where no machine can run
        string program = Path.Combine(qemu.Parent, "late-qemu");
        await File.WriteAllTextAsync(program, LateQemu, QemuFixture.Cancellation);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var detection = QemuBackend.Detection.Of(new QemuInstallation(program, new Version(7, 2)), "", new Accelerator(false, ""));
        var backend = new QemuBackend(null, _ => detection, qemu.Run);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(QemuFixture.Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));

        await using IVirtualMachine machine = await backend.StartAsync(qemu.Options(), new StartupTimeline(), limit.Token);
        Assert.NotEmpty((await QemuFixture.GetInfoAsync(machine.Channel)).KernelRelease);
    }
}
