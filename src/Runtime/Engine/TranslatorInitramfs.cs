using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Islet.Storage;

namespace Islet.Engine;

/// <summary>
/// The guest's initramfs with a translator behind it, as a second archive: the kernel unpacks both (Linux,
/// Documentation/driver-api/early-userspace/buffer-format.rst). Kept in the cache directory under the hash of both contents, because a
/// machine's initramfs is read again whenever the machine is saved or restored.
/// </summary>
internal sealed class TranslatorInitramfs(string cacheDirectory)
{
    private const string Folder = "initramfs";
    private const int Alignment = 4;
    private const uint DirectoryMode = 0x41ED, ProgramMode = 0x81ED, FileMode = 0x81A4; // 0755 and 0644, with the type

    private static readonly TimeSpan s_touched = TimeSpan.FromDays(1), s_unused = TimeSpan.FromDays(30);

    /// <summary>Makes the file, if it is missing.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="StorageException">It can't be made.</exception>
    public string Prepare(string initramfs, Translator translator)
    {
        CacheDirectory.RequireOwn(cacheDirectory);
        string folder = Path.Combine(cacheDirectory, Folder);
        CacheDirectory.CreatePrivate(folder);
        try
        {
            string contents = $"{FileContent.HashOf(initramfs)} {FileContent.HashOf(translator.Path)} {translator.Architecture}";
            string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(contents)));
            string path = Path.Combine(folder, name + ".cpio");
            if (!StoreFile.IsRegular(new FileInfo(path)))
                Make(path, initramfs, translator);
            else if (File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - s_touched)
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return path;
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException($"The initramfs with {translator.Path} can't be made in {folder}: {exception.Message}", exception);
        }
    }

    private static void Make(string path, string initramfs, Translator translator)
    {
        string folder = Path.GetDirectoryName(path)!, temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream target = StoreFile.Create(temporary))
            {
                Write(target, initramfs, translator);
                target.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }

        foreach (string file in Directory.EnumerateFiles(folder).Where(file => file != path))
        {
            if (File.GetLastWriteTimeUtc(file) < DateTime.UtcNow - s_unused)
                File.Delete(file);
        }
    }

    private static void Write(FileStream target, string initramfs, Translator translator)
    {
        using (FileStream guest = File.OpenRead(initramfs))
            guest.CopyTo(target);
        Align(target);
        string program = $"translators/{translator.Architecture}";
        byte[] rule = Encoding.ASCII.GetBytes(translator.ToRule("/" + program));
        WriteEntry(target, "translators", DirectoryMode, Stream.Null);
        using (FileStream file = File.OpenRead(translator.Path))
            WriteEntry(target, program, ProgramMode, file);
        WriteEntry(target, "binfmt.d", DirectoryMode, Stream.Null);
        WriteEntry(target, $"binfmt.d/{translator.Architecture}.conf", FileMode, new MemoryStream(rule));
        WriteEntry(target, "TRAILER!!!", 0, Stream.Null);
    }

    // The format "newc": a header of hexadecimal numbers, the name, and the content, each padded to four bytes.
    private static void WriteEntry(FileStream target, string name, uint mode, Stream content)
    {
        long[] fields = [0, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, name.Length + 1, 0];
        target.Write("070701"u8);
        foreach (long field in fields)
            target.Write(Encoding.ASCII.GetBytes(field.ToString("X8", CultureInfo.InvariantCulture)));
        target.Write(Encoding.ASCII.GetBytes(name + '\0'));
        Align(target);
        content.CopyTo(target);
        Align(target);
    }

    private static void Align(FileStream target) => target.Write(new byte[(Alignment - (target.Position % Alignment)) % Alignment]);
}
