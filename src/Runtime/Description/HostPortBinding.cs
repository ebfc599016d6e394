using System.Globalization;

namespace Islet;

/// <summary>A TCP port of the host's loopback that a container may reach.</summary>
/// <param name="Name">The name by which the container's processes find it.</param>
/// <param name="Port">The port under that name.</param>
/// <param name="HostPort">The port on the host: of 127.0.0.1, or of ::1 where nothing accepts there.</param>
public sealed record HostPortBinding(string Name, int Port, int HostPort)
{
    /// <summary>
    /// The addresses inside the container, of its loopback, one for each name. They depend on the order of the names alone, so that what was
    /// frozen with an address finds the same behind it.
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
