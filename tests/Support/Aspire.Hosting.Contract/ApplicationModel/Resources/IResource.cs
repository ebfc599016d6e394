namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the application: it has a name and is described by annotations.</summary>
public interface IResource
{
    string Name { get; }

    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>A resource whose process takes environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource whose process takes arguments.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>A resource that listens somewhere.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that can wait for others.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource that is built or pulled and then run.</summary>
public interface IComputeResource : IResource;

/// <summary>A resource that is part of another one.</summary>
public interface IResourceWithParent : IResource
{
    IResource Parent { get; }
}

/// <inheritdoc cref="IResourceWithParent"/>
public interface IResourceWithParent<out T> : IResourceWithParent
    where T : IResource
{
    IResource IResourceWithParent.Parent => Parent;

    new T Parent { get; }
}
