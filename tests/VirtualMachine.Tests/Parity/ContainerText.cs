using System.Text;

namespace Islet.VirtualMachine.Tests.Parity;

internal static class ContainerText
{
    /// <summary>Reads a text file of the container.</summary>
    public static async Task<string> ReadTextAsync(this Container container, string path) =>
        Encoding.UTF8.GetString(await container.ReadFileAsync(path, TestContext.Current.CancellationToken));

    /// <summary>Waits until the container has written a line.</summary>
    public static async Task<LogLine> ReadLineAsync(this Container container, string text)
    {
        await foreach (LogLine line in container.ReadLogsAsync(new LogOptions { Follow = true }, TestContext.Current.CancellationToken))
        {
            if (line.Text == text)
                return line;
        }

        throw new InvalidDataException($"The container has ended without writing \"{text}\".");
    }
}
