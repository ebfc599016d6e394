using Islet.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Islet.Tests.DependencyInjection;

public sealed class AddIsletTests
{
    [Fact]
    public async Task The_runtime_is_one_object_with_the_settings_and_the_log_of_the_services()
    {
        await using ServiceProvider provider = new ServiceCollection()
            .AddLogging()
            .AddIslet(options => options.PooledMachines = 2)
            .BuildServiceProvider(validateScopes: true);
        ContainerRuntime runtime = provider.GetRequiredService<ContainerRuntime>();
        Assert.Same(runtime, provider.GetRequiredService<ContainerRuntime>());
        Assert.Equal(2, runtime.Options.PooledMachines);
        Assert.Same(provider.GetRequiredService<ILoggerFactory>(), runtime.Options.LoggerFactory);
    }

    [Fact]
    public void Every_setting_is_read_from_the_configuration()
    {
        IsletOptions options = Bind(
            ("CacheDirectory", "/cache"), ("KernelPath", "/kernel"), ("InitramfsPath", "/initramfs"), ("QemuPath", "/qemu"),
            ("RunDirectory", "/run/islet"), ("DefaultMemory", "1GiB"), ("DefaultCpus", "4"), ("SnapshotCacheLimit", "8 GiB"),
            ("PrepareTemplates", "True"), ("PooledMachines", "1"), ("PrestartQemu", "no"),
            ("InsecureRegistries:0", "one.example:5000"), ("InsecureRegistries:1", "two.example"),
            ("RegistryMirrors:docker.io:0", "a.example"), ("RegistryMirrors:docker.io:1", "b.example:5000"),
            ("RegistryMirrors:c.example:5000:0", "d.example"), ("RegistryMirrors:e.example:5000", "f.example,g.example"),
            ("RegistryCredentials:docker.io:UserName", "ann"), ("RegistryCredentials:docker.io:Password", "secret"),
            ("RegistryCredentials:localhost:5000:UserName", "bob"));

        Assert.Equal("/cache", options.CacheDirectory);
        Assert.Equal("/kernel", options.KernelPath);
        Assert.Equal("/initramfs", options.InitramfsPath);
        Assert.Equal(("/qemu", "/run/islet"), (options.QemuPath, options.RunDirectory));
        Assert.Equal(MemorySize.FromGibibytes(1), options.DefaultMemory);
        Assert.Equal(4, options.DefaultCpus);
        Assert.Equal(MemorySize.FromGibibytes(8), options.SnapshotCacheLimit);
        Assert.True(options.PrepareTemplates);
        Assert.Equal(1, options.PooledMachines);
        Assert.False(options.PrestartQemu);
        Assert.Equal(["one.example:5000", "two.example"], options.InsecureRegistries);
        Assert.Equal(["c.example:5000", "docker.io", "e.example:5000"], options.RegistryMirrors.Keys.Order());
        Assert.Equal(["a.example", "b.example:5000"], options.RegistryMirrors["docker.io"]);
        Assert.Equal(["d.example"], options.RegistryMirrors["c.example:5000"]);
        Assert.Equal(["f.example", "g.example"], options.RegistryMirrors["e.example:5000"]);
        Assert.Equal(
            ("ann", "secret"), (options.RegistryCredentials["docker.io"].UserName, options.RegistryCredentials["docker.io"].Password));
        Assert.Equal("bob", options.RegistryCredentials["localhost:5000"].UserName);
    }

    [Fact]
    public void What_the_configuration_does_not_say_stays_as_it_is()
    {
        IsletOptions options = Bind(("PooledMachines", ""), ("DefaultCpus", "2"));
        Assert.Equal(new IsletOptions { DefaultCpus = 2 }.DefaultMemory, options.DefaultMemory);
        Assert.Equal(new IsletOptions().CacheDirectory, options.CacheDirectory);
        Assert.Equal(new IsletOptions().PooledMachines, options.PooledMachines);
    }

    [Fact]
    public void Code_goes_before_the_configuration_also_when_it_came_first()
    {
        ServiceCollection services = Configured(("PooledMachines", "1"), ("DefaultCpus", "2"), ("PrepareTemplates", "true"));
        services.Configure<IsletOptions>(options => options.PooledMachines = 7);
        services.AddIslet(options => options.DefaultCpus = 3);
        using ServiceProvider provider = services.BuildServiceProvider();
        IsletOptions settings = provider.GetRequiredService<IOptions<IsletOptions>>().Value;
        Assert.Equal((7, 3, true), (settings.PooledMachines, settings.DefaultCpus, settings.PrepareTemplates));
    }

    [Fact]
    public void A_section_of_another_name_can_be_given()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Containers:PooledMachines"] = "4" }).Build();
        using ServiceProvider provider = new ServiceCollection().AddIslet(configuration.GetSection("Containers")).BuildServiceProvider();
        Assert.Equal(4, provider.GetRequiredService<IOptions<IsletOptions>>().Value.PooledMachines);
    }

    [Fact]
    public void All_mistakes_are_told_when_the_program_starts()
    {
        ServiceCollection services = Configured();
        services.AddIslet(options =>
        {
            options.DefaultMemory = MemorySize.FromMebibytes(1);
            options.PooledMachines = -2;
            options.KernelPath = "/no/such/kernel";
        });
        using ServiceProvider provider = services.BuildServiceProvider();
        OptionsValidationException refused = Assert.Throws<OptionsValidationException>(
            () => provider.GetRequiredService<IStartupValidator>().Validate());
        Assert.Collection(
            refused.Failures,
            failure => Assert.StartsWith("DefaultMemory is 1 MiB", failure, StringComparison.Ordinal),
            failure => Assert.StartsWith("PooledMachines is -2", failure, StringComparison.Ordinal),
            failure => Assert.StartsWith("KernelPath is /no/such/kernel", failure, StringComparison.Ordinal));
    }

    [Fact]
    public void A_text_that_can_not_be_read_is_told_with_its_key()
    {
        OptionsValidationException refused = Assert.Throws<OptionsValidationException>(
            () => Bind(("DefaultMemory", "lots"), ("PooledMachines", "two")));
        Assert.Equal(
            [
                "Islet:DefaultMemory is \"lots\", which is not an amount of memory: write 512 MiB, 1.5 GiB or a number of bytes.",
                "Islet:PooledMachines is \"two\", which is not a whole number.",
            ],
            refused.Failures);
    }

    private static IsletOptions Bind(params (string Key, string Value)[] settings)
    {
        var options = new IsletOptions();
        IConfiguration configuration = Configure(settings);
        new ConfigureIsletOptions(configuration.GetSection("Islet"), loggers: null).Configure(options);
        return options;
    }

    private static ServiceCollection Configured(params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton(Configure(settings));
        return services;
    }

    private static IConfiguration Configure(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.ToDictionary(setting => "Islet:" + setting.Key, string? (setting) => setting.Value)).Build();
}
