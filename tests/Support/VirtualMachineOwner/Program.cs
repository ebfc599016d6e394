using Islet;
using Islet.Diagnostics;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

// Starts a machine, says so, and waits to be killed; with "leave", it returns from Main without disposing the machine.
// usage: VirtualMachineOwner KERNEL INITRAMFS stay|leave
IVirtualMachine machine = await new QemuBackend().StartAsync(
    new VirtualMachineOptions { Name = "owned", KernelPath = args[0], InitramfsPath = args[1], Memory = MemorySize.Mebibytes(128) },
    new StartupTimeline());
Console.WriteLine(machine.ProcessId);

if (args[2] == "stay")
    await Task.Delay(Timeout.Infinite);
