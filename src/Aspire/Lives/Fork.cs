namespace Islet.Aspire.Lives;

/// <summary>A fork that was started.</summary>
/// <param name="Name">Its resource's name.</param>
/// <param name="Urls">The addresses of its endpoints, by the endpoint's name.</param>
internal sealed record Fork(string Name, IReadOnlyDictionary<string, string> Urls);
