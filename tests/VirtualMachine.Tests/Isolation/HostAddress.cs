using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Islet.VirtualMachine.Tests.Isolation;

/// <summary>An address of the host that a container may reach: a server that listens there is meant for other computers anyway.</summary>
internal static class HostAddress
{
    public static IPAddress Require()
    {
        IPAddress? found = NetworkInterface.GetAllNetworkInterfaces()
            .Where(link => link.OperationalStatus == OperationalStatus.Up)
            .SelectMany(link => link.GetIPProperties().UnicastAddresses.Select(unicast => unicast.Address))
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address)
                && !address.ToString().StartsWith("169.254.", StringComparison.Ordinal)
                && !address.ToString().StartsWith("10.0.2.", StringComparison.Ordinal));
        Assert.SkipWhen(
            found is null, "This host has no address but its loopback, so nothing may be reached from a container that could be tried.");
        return found!;
    }
}
