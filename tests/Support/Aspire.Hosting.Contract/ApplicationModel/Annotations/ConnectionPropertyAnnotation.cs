namespace Aspire.Hosting.ApplicationModel;

/// <summary>One more part of a resource's connection string, given to those that reference it.</summary>
public sealed class ConnectionPropertyAnnotation(string name, ReferenceExpression referenceExpression) : IResourceAnnotation
{
    public string Name { get; } = name;

    public ReferenceExpression Value { get; } = referenceExpression;
}
