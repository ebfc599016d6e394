namespace Islet.VirtualMachine.Tests.Parity;

/// <summary>An image's ENTRYPOINT and CMD, and the settings that replace each. The redis image has both.</summary>
public sealed class CommandFormTests
{
    private static ContainerBuilder Redis =>
        new ContainerBuilder(TestImages.Redis).WithMemory(MemorySize.FromMebibytes(128)).WaitUntil(Wait.ForExit());

    [Fact]
    public async Task A_command_is_given_to_the_images_entrypoint()
    {
        await using Container container = await Redis.WithCommand("redis-server", "--version").StartTestAsync();
        Assert.StartsWith("Redis server v=", container.ReadOutput(OutputStreams.Stdout), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entrypoint_drops_the_images_command()
    {
        await using Container container = await Redis.WithEntrypoint("echo", "alone").StartTestAsync();
        Assert.Equal("alone\n", container.ReadOutput(OutputStreams.Stdout));
    }

    [Fact]
    public async Task A_later_command_replaces_an_earlier_one_and_arguments_stay_as_they_are()
    {
        await using Container container = await Redis.WithEntrypoint("printf", "<%s>")
            .WithCommand("dropped").WithCommand("two words", "$HOME", "*", "").StartTestAsync();
        Assert.Equal("<two words><$HOME><*><>", container.ReadOutput(OutputStreams.Stdout).TrimEnd('\n'));
    }
}
