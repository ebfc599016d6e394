namespace Islet.Testing.NUnit;

/// <summary>A fixture of any container, in the form that <see cref="ContainerFixtureAttribute"/> uses.</summary>
public interface IContainerFixture : IAsyncDisposable
{
    /// <summary>Starts the container, before the first test of the class.</summary>
    Task InitializeAsync();

    /// <summary>Ends the containers that the test, which is ending, has forked.</summary>
    Task EndTestAsync();
}
