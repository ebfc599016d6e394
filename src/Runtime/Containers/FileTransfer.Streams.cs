using Islet.Agent;
using Islet.Description;
using Islet.Diagnostics;
using Islet.Files;
using Islet.Native.Posix;
using Islet.Starting;
using Islet.Tar;
using Islet.VirtualMachines;

namespace Islet.Containers;

// The tar streams to the guest and from it.
internal sealed partial class FileTransfer
{
    private Task CopyInAsync(string directory, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        calls.RequireMachine("copy files");
        return SendTarAsync(directory, write, cancellationToken);
    }

    private Task SendTarAsync(string directory, Func<Stream, Task> write, CancellationToken cancellationToken) =>
        AskAboutFileAsync(status.Machine.Agent.WriteTarAsync(directory, write, cancellationToken), directory);

    private static async Task PackAsync(Stream stream, Func<TarStreamWriter, Task> write, CancellationToken cancellationToken)
    {
        var tar = new TarStreamWriter(stream);
        await write(tar).ConfigureAwait(false);
        await tar.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private byte[] ReadContent(TarStreamReader reader, string path, MemorySize limit)
    {
        TarEntry entry = ReadFile(reader, path);
        if (entry.Size > Math.Min(limit.Bytes, Array.MaxLength))
        {
            throw calls.Explain(new ContainerFileException(
                $"{Printable.Of(path)} in {calls.Name} has {entry.Size} bytes, more than the {limit} that are read into memory. "
                + "Give ReadFileAsync a larger limit, or copy it with CopyFromAsync."));
        }

        using var content = new MemoryStream();
        Span<byte> buffer = new byte[1 << 16];
        foreach (StoredRegion region in entry.Regions)
        {
            content.Position = region.Offset; // what is not stored is zeros, as in the file
            for (long rest = region.Length; rest > 0;)
            {
                Span<byte> piece = buffer[..(int)Math.Min(buffer.Length, rest)];
                reader.ReadContent(piece);
                content.Write(piece);
                rest -= piece.Length;
            }
        }

        content.SetLength(entry.Size);
        return content.ToArray();
    }

    private CopyResult ExtractFile(TarStreamReader reader, string path, string target, CancellationToken cancellationToken)
    {
        TarEntry entry = ReadFile(reader, path);
        try
        {
            using var folder = Folder.Open(Path.GetDirectoryName(target)!);
            byte[] name = System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(target));
            if (folder.Find(name) is not null)
                throw calls.Explain(new ContainerFileException(
                    $"{Printable.Of(path)} in {calls.Name} was not copied: {Printable.Of(target)} exists already."));
            ExtractedFile.Write(folder, name, entry, reader, cancellationToken);
            return new CopyResult([]);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"{Printable.Of(target)} can't be written: {exception.Message}", exception);
        }
    }

    private TarEntry ReadFile(TarStreamReader reader, string path)
    {
        TarEntry? entry = reader.ReadEntry();
        return entry is { Type: TarEntryType.RegularFile } ? entry : throw calls.Explain(new ContainerFileException(
            $"{Printable.Of(path)} in {calls.Name} is not a regular file{(entry is null ? "" : $" ({entry.Type})")}; "
            + "only those have a content of their own."));
    }

    private Task<T> ReadTarAsync<T>(Stream tar, string path, Func<TarStreamReader, T> read, CancellationToken cancellationToken) =>
        AskAboutTarAsync(TarThread.RunAsync(tar, read, cancellationToken), path);

    private async Task<T> AskAboutTarAsync<T>(Task<T> reading, string path)
    {
        try
        {
            return await AskAboutFileAsync(reading, path).ConfigureAwait(false);
        }
        catch (TarException exception)
        {
            throw calls.Explain(new ContainerFileException(
                $"{Printable.Of(path)} in {calls.Name} could not be read: what came from the machine is no whole tar. {exception.Message}",
                exception));
        }
        catch (IOException exception)
        {
            throw calls.Explain(new ContainerFileException(
                $"{Printable.Of(path)} in {calls.Name} could not be read to its end: the guest broke the copy off. {exception.Message}",
                exception));
        }
    }

    private async Task<T> AskAboutFileAsync<T>(Task<T> call, string path)
    {
        // Another machine may have replaced this one when the call fails.
        MachineConnection asked = status.Machine;
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw calls.Explain(new ContainerFileException($"{Printable.Of(path)} in {calls.Name}: {exception.Message}.", exception));
        }
        catch (IOException exception) when (exception is GuestLostException || asked.IsRetired || HasEnded(asked.Machine))
        {
            throw await calls.ExplainLossAsync(exception, asked).ConfigureAwait(false);
        }
    }

    private static bool HasEnded(IVirtualMachine machine) => machine.Exited.IsCompleted || machine.Faulted.IsCompleted;

    private static string CheckAbsolute(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path[0] == '/' && !path.Contains('\0')
            ? path
            : throw new ArgumentException(
                $"\"{Printable.Of(path)}\" is not an absolute path inside the container: begin it with /.", nameof(path));
    }

    private static void CheckExists(HostCopy copy)
    {
        if (!Path.Exists(copy.Source))
            throw new FileNotFoundException($"There is no {copy.Source} on the host to copy to {copy.Path}.", copy.Source);
    }
}
