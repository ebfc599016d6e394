namespace Islet.Images.Registry;

/// <summary>The answer of <c>tags/list</c>.</summary>
internal sealed record TagListDocument
{
    public IReadOnlyList<string?>? Tags { get; init; }
}
