using Islet.Tests.Images;

namespace Islet.Tests;

public sealed class DerivedSecretTests : IDisposable
{
    private readonly TemporaryDirectory _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void DeriveSecret_is_the_same_for_every_runtime_of_one_cache()
    {
        using ContainerRuntime one = Runtime(_cache), other = Runtime(_cache);
        Assert.Equal(one.DeriveSecret("postgresql/password"), other.DeriveSecret("postgresql/password"));
        Assert.NotEqual(one.DeriveSecret("postgresql/password"), one.DeriveSecret("redis/password"));
    }

    [Fact]
    public void DeriveSecret_is_another_in_another_cache()
    {
        using var elsewhere = new TemporaryDirectory();
        using ContainerRuntime one = Runtime(_cache), other = Runtime(elsewhere);
        Assert.NotEqual(one.DeriveSecret("x"), other.DeriveSecret("x"));
    }

    [Fact]
    public void DeriveSecret_needs_no_quoting_and_has_128_bits()
    {
        using ContainerRuntime runtime = Runtime(_cache);
        Assert.Matches("^[0-9a-f]{32}$", runtime.DeriveSecret("x"));
    }

    [Fact]
    public void The_key_that_it_is_derived_from_is_its_owners_alone()
    {
        using ContainerRuntime runtime = Runtime(_cache);
        runtime.DeriveSecret("x");
        string key = Assert.Single(_cache.Files());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_cache.Combine(key)));
    }

    private static ContainerRuntime Runtime(TemporaryDirectory cache) => new(new IsletOptions { CacheDirectory = cache.Path });
}
