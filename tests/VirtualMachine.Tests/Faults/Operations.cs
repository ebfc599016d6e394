using System.Formats.Tar;

namespace Islet.VirtualMachine.Tests.Faults;

/// <summary>
/// Every public method of a container that talks to its machine, by name. Each does one thing and leaves nothing behind if nothing fails.
/// </summary>
internal static class Operations
{
    public static IReadOnlyDictionary<string, Func<Container, CancellationToken, Task>> All { get; } =
        new Dictionary<string, Func<Container, CancellationToken, Task>>
        {
            ["exec"] = (container, token) => container.ExecAsync(["sleep", "100"], cancellationToken: token),
            ["exec with input"] = (container, token) => container.ExecAsync(
                ["cat"], new ExecOptions { Stdin = new EndlessStream(), Stdout = Stream.Null }, token),
            ["exec in a terminal"] = (container, token) => container.ExecAsync(
                ["sleep", "100"], new ExecOptions { Terminal = new TerminalSize(80, 24) }, token),
            ["start a process"] = async (container, token) =>
            {
                await using ContainerProcess process = await container.StartProcessAsync(["sleep", "100"], cancellationToken: token);
                await process.Exited.WaitAsync(token);
            },
            ["write a file"] = (container, token) => container.WriteFileAsync("/tmp/written", new byte[8 << 20], cancellationToken: token),
            ["copy in"] = (container, token) => container.CopyToAsync(TestImages.Layout("debian"), "/tmp/copied", cancellationToken: token),
            ["copy a tar in"] = (container, token) => container.CopyTarToAsync(EndlessTar(), "/tmp/unpacked", token),
            ["read a file"] = (container, token) => container.ReadFileAsync("/usr/bin/ls", token),
            ["copy out"] = async (container, token) =>
            {
                DirectoryInfo folder = Directory.CreateTempSubdirectory("islet-copied-");
                try
                {
                    await container.CopyFromAsync("/usr/lib", folder.FullName + "/lib", token);
                }
                finally
                {
                    folder.Delete(recursive: true);
                }
            },
            ["read a tar"] = async (container, token) =>
            {
                await using Stream tar = await container.CopyTarFromAsync("/usr", cancellationToken: token);
            },
            ["statistics"] = (container, token) => container.GetStatisticsAsync(token),
            ["set the clock"] = (container, token) => container.SetClockAsync(DateTimeOffset.UtcNow.AddDays(1), token),
            ["reset the clock"] = (container, token) => container.ResetClockAsync(token),
            ["signal"] = (container, token) => container.SendSignalAsync(ContainerSignal.Parse("SIGCONT"), token),
            ["dial"] = async (container, token) =>
            {
                try
                {
                    await using Stream stream = await container.DialAsync(1, token);
                }
                catch (ContainerOperationException exception) when (exception.InnerException is AgentException)
                {
                    // No server listens there, which is an answer too.
                }
            },
            ["open the input"] = async (container, token) =>
            {
                await using Stream stdin = await container.OpenStdinAsync(token);
            },
            ["pause"] = async (container, token) =>
            {
                await container.PauseAsync(token);
                await container.ResumeAsync(CancellationToken.None);
            },
            ["checkpoint"] = async (container, token) => await (await container.CheckpointAsync(token)).DisposeAsync(),
            ["fork"] = async (container, token) => await (await container.ForkAsync(token)).DisposeAsync(),
        };

    /// <summary>Starts a container in which all operations work.</summary>
    public static Task<Container> StartAsync() => TestRuntime.Idle.WithOpenStdin().StartTestAsync();

    // A file that announces more bytes than any caller waits for, and never ends.
    private static EndlessStream EndlessTar()
    {
        var head = new MemoryStream();
        using (var writer = new TarWriter(head, TarEntryFormat.Ustar, leaveOpen: true))
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "endless") { DataStream = new MemoryStream(new byte[1]) });
        byte[] header = head.ToArray()[..512];
        "77777777777\0"u8.CopyTo(header.AsSpan(124));
        header.AsSpan(148, 8).Fill((byte)' ');
        int sum = header.Sum(b => b);
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        return new EndlessStream(header);
    }

    /// <summary>A stream that returns its beginning, and then a few bytes now and then, until its reader gives up.</summary>
    private sealed class EndlessStream(byte[]? beginning = null) : Stream
    {
        private byte[] _beginning = beginning ?? [];

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_beginning.Length > 0)
            {
                _beginning.CopyTo(buffer);
                int count = _beginning.Length;
                _beginning = [];
                return count;
            }

            await Task.Delay(1, cancellationToken);
            return Math.Min(buffer.Length, 1000);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
