namespace Islet.Images.Registry;

/// <summary>What <c>tags/list</c> answers.</summary>
internal sealed record TagListDocument
{
    public IReadOnlyList<string?>? Tags { get; init; }
}
