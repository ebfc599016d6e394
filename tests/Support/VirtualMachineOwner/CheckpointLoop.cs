using Islet;

internal static class CheckpointLoop
{
    public static async Task RunAsync(string cache, string image)
    {
        var runtime = new ContainerRuntime(new IsletOptions { CacheDirectory = cache });
        Container container = await new ContainerBuilder(image).WithMemory(MemorySize.FromMebibytes(128)).WithCheckpoints()
            .WithCommand("sleep", "infinity").StartAsync(runtime);
        for (int number = 1; ; number++)
        {
            await using Checkpoint checkpoint = await container.CheckpointAsync("loop");
            Console.WriteLine(number);
        }
    }
}
