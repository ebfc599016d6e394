using System.Globalization;

namespace Islet;

/// <summary>A TCP port of the host's loopback that a container may reach.</summary>
/// <param name="Name">The name that the container's processes use for it.</param>
/// <param name="Port">The port under that name.</param>
/// <param name="HostPort">The port on the host: of 127.0.0.1, or of ::1 if nothing accepts connections there.</param>
public sealed record HostPortBinding(string Name, int Port, int HostPort)
{
    /// <summary>
    /// Returns the bindings with their addresses in the container's loopback, one address for each name. They depend only on the order of
    /// the names, so that a process restored with an address finds the same port behind it.
    /// </summary>
    internal static IEnumerable<(HostPortBinding Binding, string Address)> WithAddresses(IReadOnlyList<HostPortBinding> bindings)
    {
        var addresses = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (HostPortBinding binding in bindings)
        {
            if (!addresses.TryGetValue(binding.Name, out string? address))
            {
                int number = addresses.Count + 1;
                address = string.Create(CultureInfo.InvariantCulture, $"127.88.{number / 256}.{number % 256}");
                addresses.Add(binding.Name, address);
            }

            yield return (binding, address);
        }
    }
}
