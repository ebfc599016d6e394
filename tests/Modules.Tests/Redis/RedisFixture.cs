using Islet.Modules.Redis;

namespace Islet.Modules.Tests.Redis;

public sealed class RedisFixture : ModuleFixture<RedisContainer>
{
    protected override Task<RedisContainer> StartAsync(ContainerRuntime runtime) => new RedisBuilder(TestRuntime.Image("redis"))
        .WithMemory(MemorySize.FromMebibytes(128)).WithTls().WithConfiguration("maxmemory 48mb")
        .StartAsync(runtime);
}
