using System.Text;
using Islet.VirtualMachines.Qemu;
using Islet.VirtualMachines.Qemu.Monitor;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class DiskFaultTests
{
    private const string OutOfSpace =
        """{"event":"BLOCK_IO_ERROR","data":{"device":"","nospace":true"""
        + ""","node-name":"root","reason":"No space left on device","operation":"write","action":"stop"}}""";

    [Fact]
    public void From_no_space_names_the_overlay_and_what_to_do()
    {
        string message = DiskFault.From(Event(OutOfSpace), "/tmp/islet-0/1/1/root.qcow2")!.Message;

        Assert.Contains("/tmp/islet-0/1/1/root.qcow2", message, StringComparison.Ordinal);
        Assert.Contains("ISLET_RUN_DIRECTORY", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"event":"BLOCK_IO_ERROR","data":{"nospace":false,"action":"report"}}""")]
    [InlineData("""{"event":"BLOCK_IO_ERROR"}""")]
    [InlineData("""{"event":"STOP"}""")]
    public void From_other_events_are_no_fault(string text) => Assert.Null(DiskFault.From(Event(text), "/x"));

    private static QmpEvent Event(string text) => Assert.IsType<QmpMessage.Event>(QmpMessage.Parse(Encoding.UTF8.GetBytes(text))).Value;
}
