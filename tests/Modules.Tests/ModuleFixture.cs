namespace Islet.Modules.Tests;

/// <summary>
/// One container of a module for all tests of a class, started when the first test asks for it. A failed start fails each test.
/// </summary>
public abstract class ModuleFixture<TContainer> : IAsyncDisposable
    where TContainer : ModuleContainer
{
    private readonly Lazy<Task<TContainer>> _container;

    protected ModuleFixture() => _container = new(() => StartAsync(TestRuntime.Instance));

    public Task<TContainer> GetAsync()
    {
        TestRuntime.RequireMachines();
        return _container.Value;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_container.IsValueCreated && _container.Value.IsCompletedSuccessfully)
            await (await _container.Value).DisposeAsync();
    }

    // Not bound to the first test's cancellation, because the other tests need the container as well.
    protected abstract Task<TContainer> StartAsync(ContainerRuntime runtime);
}
