namespace Islet.Tests;

public sealed class IsletOptionsTests
{
    [Fact]
    public void The_environment_goes_before_the_defaults()
    {
        var text = new IsletOptionsText();
        var options = new IsletOptions();
        options.ReadEnvironment(
            new Dictionary<string, string>
            {
                ["ISLET_DEFAULT_MEMORY"] = "1 GiB",
                ["ISLET_DEFAULT_CPUS"] = "2",
                ["ISLET_SNAPSHOT_CACHE_LIMIT"] = "5GiB",
                ["ISLET_PREPARE_TEMPLATES"] = "true",
                ["ISLET_POOLED_MACHINES"] = "3",
                ["ISLET_PRESTART_QEMU"] = "false",
                ["ISLET_INSECURE_REGISTRIES"] = "one.example:5000, two.example",
                ["ISLET_REGISTRY_MIRRORS"] = "docker.io=a.example,b.example:5000;ghcr.io=c.example",
                ["ISLET_CACHE"] = "/cache/../own",
                ["ISLET_KERNEL"] = "/kernel",
                ["ISLET_QEMU"] = "/qemu",
                ["ISLET_RUN_DIRECTORY"] = "/run/islet",
                ["ISLET_INITRAMFS"] = "",
            }.GetValueOrDefault, text);

        Assert.Empty(text.Failures);
        Assert.Equal(MemorySize.FromGibibytes(1), options.DefaultMemory);
        Assert.Equal(2, options.DefaultCpus);
        Assert.Equal(MemorySize.FromGibibytes(5), options.SnapshotCacheLimit);
        Assert.True(options.PrepareTemplates);
        Assert.Equal(3, options.PooledMachines);
        Assert.False(options.PrestartQemu);
        Assert.Equal(["one.example:5000", "two.example"], options.InsecureRegistries);
        Assert.Equal(["a.example", "b.example:5000"], options.RegistryMirrors["docker.io"]);
        Assert.Equal(["c.example"], options.RegistryMirrors["ghcr.io"]);
        Assert.Equal("/own", options.CacheDirectory);
        Assert.Equal(("/kernel", "/qemu", "/run/islet"), (options.KernelPath, options.QemuPath, options.RunDirectory));
        Assert.Null(options.InitramfsPath);
    }

    [Fact]
    public void Code_goes_before_the_environment_also_where_it_sets_the_default()
    {
        var options = new IsletOptions { DefaultCpus = 1, PrestartQemu = true, QemuPath = "/mine", CacheDirectory = "/cache" };
        var text = new IsletOptionsText();
        options.ReadEnvironment(
            new Dictionary<string, string>
            {
                ["ISLET_CACHE"] = "/other",
                ["ISLET_DEFAULT_CPUS"] = "4",
                ["ISLET_PRESTART_QEMU"] = "no",
                ["ISLET_POOLED_MACHINES"] = "2",
                ["ISLET_QEMU"] = "/qemu",
            }.GetValueOrDefault, text);

        Assert.Empty(text.Failures);
        Assert.Equal((1, true, 2), (options.DefaultCpus, options.PrestartQemu, options.PooledMachines));
        Assert.Equal(("/mine", "/cache"), (options.QemuPath, options.CacheDirectory));
    }

    [Fact]
    public void A_variable_that_can_not_be_read_is_named_also_where_code_sets_the_option()
    {
        var options = new IsletOptions { DefaultCpus = 2 };
        var text = new IsletOptionsText();
        options.ReadEnvironment(name => name == "ISLET_DEFAULT_CPUS" ? "many" : null, text);
        Assert.Equal("ISLET_DEFAULT_CPUS is \"many\", which is not a whole number.", Assert.Single(text.Failures));
        Assert.Equal(2, options.DefaultCpus);
    }

    [Fact]
    public void Each_variable_that_can_not_be_read_is_named()
    {
        var text = new IsletOptionsText();
        var options = new IsletOptions();
        options.ReadEnvironment(
            new Dictionary<string, string>
            {
                ["ISLET_DEFAULT_MEMORY"] = "lots",
                ["ISLET_POOLED_MACHINES"] = "two",
                ["ISLET_PREPARE_TEMPLATES"] = "perhaps",
                ["ISLET_REGISTRY_MIRRORS"] = "mirror.example",
            }.GetValueOrDefault, text);

        Assert.Equal(MemorySize.FromMebibytes(512), options.DefaultMemory);
        Assert.Equal(0, options.PooledMachines);
        Assert.True(options.PrestartQemu);
        Assert.Collection(
            text.Failures,
            failure => Assert.Equal(
                "ISLET_DEFAULT_MEMORY is \"lots\", which is not an amount of memory: write 512 MiB, 1.5 GiB or a number of bytes.",
                failure),
            failure => Assert.Equal("ISLET_PREPARE_TEMPLATES is \"perhaps\", which is neither true nor false.", failure),
            failure => Assert.Equal("ISLET_POOLED_MACHINES is \"two\", which is not a whole number.", failure),
            failure => Assert.StartsWith("ISLET_REGISTRY_MIRRORS holds \"mirror.example\"", failure, StringComparison.Ordinal));
    }

    public static TheoryData<string, IsletOptions> Mistakes => new()
    {
        { "CacheDirectory is empty", new IsletOptions { CacheDirectory = " " } },
        { "RunDirectory is empty", new IsletOptions { RunDirectory = "" } },
        { "which is a file", new IsletOptions { CacheDirectory = typeof(IsletOptions).Assembly.Location } },
        { "DefaultMemory is 32 MiB: it must be at least 64 MiB", new IsletOptions { DefaultMemory = MemorySize.FromMebibytes(32) } },
        { "DefaultCpus is 0", new IsletOptions { DefaultCpus = 0 } },
        { "PooledMachines is -1", new IsletOptions { PooledMachines = -1 } },
        { "SnapshotCacheLimit is -1 B", new IsletOptions { SnapshotCacheLimit = MemorySize.FromBytes(-1) } },
        { "InsecureRegistries holds \"http://a.example\"", new IsletOptions { InsecureRegistries = ["http://a.example"] } },
        { "RegistryMirrors has for docker.io \"a.example/mirror\"",
            new IsletOptions { RegistryMirrors = Mirrors("docker.io", "a.example/mirror") } },
        { "RegistryMirrors has mirrors for \"docker io\"", new IsletOptions { RegistryMirrors = Mirrors("docker io", "a.example") } },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void A_runtime_refuses_settings_that_make_no_sense(string message, IsletOptions options)
    {
        IsletOptionsException refused = Assert.Throws<IsletOptionsException>(() => new ContainerRuntime(options));
        Assert.Contains(message, Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_runtime_keeps_the_settings_it_was_made_with()
    {
        var options = new IsletOptions { PooledMachines = 1 };
        await using var runtime = new ContainerRuntime(options);
        options.PooledMachines = 9;
        Assert.Equal(1, runtime.Options.PooledMachines);
    }

    private static Dictionary<string, IReadOnlyList<string>> Mirrors(string registry, string mirror) => new() { [registry] = [mirror] };
}
