using Islet.Guest.Init;
using Islet.Guest.Linux;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Guest.Services;
using Islet.Guest.Transport;

namespace Islet.Guest;

/// <summary>PID 1 of a micro-VM: from the kernel's first instruction in user space to the loop that it never leaves.</summary>
internal static class Program
{
    private static int Main()
    {
        try
        {
            Run();
        }
        catch (Exception exception)
        {
            KernelConsole.Log($"the agent failed and turns the machine off: {exception}");
        }

        // PID 1 must not return: the kernel would panic, and the console would end with its trace instead of the line above.
        while (true)
            Machine.PowerOff();
    }

    private static void Run()
    {
        var timeline = new BootTimeline();
        timeline.Reached("init");

        AgentFilesystems.Mount();
        AgentProcess.Protect();
        KernelSettings.Apply();
        ProgramFormats.Register();
        timeline.Reached("filesystems");

        var loop = new EventLoop { HandlerFailed = error => KernelConsole.Log($"a handler failed: {error}") };
        ControlGroup cgroup = ControlGroup.Create(loop);
        timeline.Reached("cgroups");

        var network = new NetworkSetup();
        network.BringLinksUp();
        timeline.Reached("links");

        BlockDevices.DropCaches();

        var container = new Container(loop, cgroup);
        var hostPorts = new HostPorts(loop);
        var service = new AgentService(loop, container, network, hostPorts, timeline);

        // Each transport alone is enough; the hypervisor decides which of them a machine has.
        Descriptor? port = VirtioPort.TryOpen();
        HostSession? session = port is null ? null : new HostSession(loop, port, service, outlivesHosts: true);
        VsockListener? vsock = VsockListener.TryListen(loop, service);
        if (session is null && vsock is null)
        {
            throw new InvalidOperationException(
                $"The machine has neither a virtio-serial port called {VirtioPort.Name} nor vsock: no host can reach it.");
        }

        timeline.Reached("ready");
        KernelConsole.Log("ready");
        loop.Run();
    }
}
