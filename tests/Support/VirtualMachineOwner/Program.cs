using Islet;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

// Starts a machine, reports that, and waits to be killed; with "leave", it returns from Main without disposing the machine.
// usage: VirtualMachineOwner KERNEL INITRAMFS stay|leave
// Or takes one checkpoint after another, and reports each, until it is killed.
// usage: VirtualMachineOwner checkpoints CACHE IMAGE
if (args[0] == "checkpoints")
{
    await CheckpointLoop.RunAsync(args[1], args[2]);
    return;
}

IVirtualMachine machine = await new QemuBackend(runDirectory: Environment.GetEnvironmentVariable("ISLET_RUN_DIRECTORY")).StartAsync(
    new VirtualMachineOptions
    {
        Name = "owned",
        KernelPath = args[0],
        InitramfsPath = args[1],
        Memory = MemorySize.FromMebibytes(128),
        Cpus = 1,
    },
    new StartupTimeline());
Console.WriteLine(machine.ProcessId);

if (args[2] == "stay")
    await Task.Delay(Timeout.Infinite);
