using Islet.Guest.Linux;
using Islet.Guest.Transport;

namespace Islet.Guest.Tests;

public sealed class VirtioPortTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("islet-sysfs-").FullName;

    public VirtioPortTests()
    {
        Directory.CreateDirectory(Devices);
        Write("bus/virtio/devices/virtio0/device", "0x0002\n");
    }

    private string Devices => Path.Combine(_path, "dev");

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void The_port_that_has_the_name_is_opened()
    {
        AddPort("vport0p0", "another");
        AddPort("vport0p1", VirtioPort.Name);
        using Descriptor? port = Open();
        Assert.NotNull(port);
        string opened = File.ResolveLinkTarget($"/proc/self/fd/{port.Number}", returnFinalTarget: false)!.FullName;
        Assert.EndsWith("vport0p1", opened, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_comes_late_and_gets_its_name_later_still_is_waited_for()
    {
        Write("bus/virtio/devices/virtio1/device", "0x0003\n");
        Task<Descriptor?> opening = Task.Run(Open, TestContext.Current.CancellationToken);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(_path, "class/virtio-ports/vport0p1"));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(opening.IsCompleted);

        AddPort("vport0p1", VirtioPort.Name);
        using Descriptor? port = await opening;
        Assert.NotNull(port);
    }

    [Fact]
    public void Without_a_device_for_ports_none_is_waited_for() => Assert.Null(Open());

    [Fact]
    public void With_vsock_none_is_waited_for()
    {
        Write("bus/virtio/devices/virtio1/device", "0x0003\n");
        Write("bus/virtio/devices/virtio2/device", "0x0013\n");
        Assert.Null(Open());
    }

    private Descriptor? Open() => VirtioPort.TryOpen(_path, Devices);

    private void AddPort(string port, string name)
    {
        File.WriteAllText(Path.Combine(Devices, port), "");
        Write($"class/virtio-ports/{port}/name", name + "\n");
    }

    // Written under another name first: a reader that finds the file finds all of it, as in sysfs.
    private void Write(string path, string value)
    {
        string file = Path.Combine(_path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file + ".new", value);
        File.Move(file + ".new", file, overwrite: true);
    }
}
