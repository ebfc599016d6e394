using Islet.VirtualMachine.Tests;

[assembly: AssemblyFixture(typeof(IdleContainerFixture))]

namespace Islet.VirtualMachine.Tests;

/// <summary>One idle container for the tests that only inspect it or run commands in it, each in its own directory.</summary>
public sealed class IdleContainerFixture : IAsyncDisposable
{
    private readonly Lazy<Task<Container>> _container = new(() => TestRuntime.Idle.StartTestAsync());

    public Task<Container> GetAsync() => _container.Value;

    public async ValueTask DisposeAsync()
    {
        if (_container.IsValueCreated && _container.Value.IsCompletedSuccessfully)
            await (await _container.Value).DisposeAsync();
    }
}
