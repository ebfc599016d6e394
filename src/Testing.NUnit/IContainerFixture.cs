namespace Islet.Testing.NUnit;

/// <summary>A fixture of some container, as <see cref="ContainerFixtureAttribute"/> sees it.</summary>
public interface IContainerFixture : IAsyncDisposable
{
    /// <summary>Starts the container, before the first test of the class.</summary>
    Task InitializeAsync();

    /// <summary>Ends what the test that ends now has forked.</summary>
    Task EndTestAsync();
}
