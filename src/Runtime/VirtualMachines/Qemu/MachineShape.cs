using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Islet.Storage;

namespace Islet.VirtualMachines.Qemu;

/// <summary>The shape that a saved machine can be restored as, in one hash. QEMU itself checks little of it.</summary>
internal static class MachineShape
{
    /// <summary>The processor that <c>-cpu host</c> passes through; reading it takes longer than all the rest.</summary>
    private static readonly Lazy<string> s_hostProcessor = new(ReadHostProcessor);

    // Of /proc/cpuinfo: first those of x86-64, then those of arm64. Other fields change from one boot to the next, or with the load.
    private static readonly string[] s_processorFields =
        ["model name", "microcode", "flags", "Features", "CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision"];

    /// <summary>Hashes everything that the state of a machine depends on, and nothing that is specific to one machine.</summary>
    /// <exception cref="VirtualMachineException">The kernel or the initramfs can't be read.</exception>
    public static string Of(QemuInstallation installation, Accelerator accelerator, VirtualMachineOptions options)
    {
        var commandLine = new CommandLine
        {
            // The paths differ between computers and checkouts; only the contents count.
            Machine = options with { Name = "any", KernelPath = "/", InitramfsPath = "/", RootDisk = null },
            OverlayPath = "/",
            Accelerator = accelerator,
        };

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, installation.Version.ToString());
        Append(hash, Identity(installation.Path));
        Append(hash, accelerator.IsKvm ? s_hostProcessor.Value : "");
        Append(hash, ContentOf(options.KernelPath));
        Append(hash, ContentOf(options.InitramfsPath));
        foreach (string argument in commandLine.ToArguments())
            Append(hash, argument);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // A distribution may rebuild the same version with other patches.
    private static string Identity(string program)
    {
        FileInfo file = Target(program);
        return string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}");
    }

    private static string ContentOf(string path)
    {
        try
        {
            return FileContent.HashOf(path);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new VirtualMachineException($"{path} can't be read: {exception.Message}", exception);
        }
    }

    private static FileInfo Target(string path) =>
        new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? new FileInfo(path);

    private static string ReadHostProcessor() =>
        string.Join('\n', File.ReadLines("/proc/cpuinfo")
            .TakeWhile(line => line.Length > 0)
            .Where(line => s_processorFields.Any(field => line.StartsWith(field, StringComparison.Ordinal))));

    // With its length in front, no two lists of texts give the same bytes.
    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
