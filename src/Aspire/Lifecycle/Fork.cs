namespace Islet.Aspire.Lifecycle;

/// <summary>A started fork.</summary>
/// <param name="Name">The name of its resource.</param>
/// <param name="Urls">The addresses of its endpoints, by the name of the endpoint.</param>
internal sealed record Fork(string Name, IReadOnlyDictionary<string, string> Urls);
