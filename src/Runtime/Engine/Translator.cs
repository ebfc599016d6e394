using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.Engine;

/// <summary>A program of the host that runs, inside a machine, programs of another architecture: a static qemu-user.</summary>
/// <param name="Architecture">The architecture's name in QEMU's words: <c>aarch64</c>.</param>
/// <param name="Path">The program's absolute path on the host.</param>
internal sealed record Translator(string Architecture, string Path)
{
    private const int ElfHeaderSize = 64;
    private const int InterpreterSegment = 3;

    // By the name in Go's words: QEMU's name, and of ELF the class (1 for 32 bits, 2 for 64), the byte order (1 for little endian, 2 for
    // big) and the machine (e_machine).
    private static readonly Dictionary<string, (string Name, byte Class, byte Order, ushort Machine)> s_known = new()
    {
        ["386"] = ("i386", 1, 1, 3),
        ["amd64"] = ("x86_64", 2, 1, 62),
        ["arm"] = ("arm", 1, 1, 40),
        ["arm64"] = ("aarch64", 2, 1, 183),
        ["ppc64le"] = ("ppc64le", 2, 1, 21),
        ["riscv64"] = ("riscv64", 2, 1, 243),
        ["s390x"] = ("s390x", 2, 2, 22),
    };

    /// <summary>Finds the translator for a platform's programs.</summary>
    /// <param name="platform">The platform.</param>
    /// <param name="searchPath">The value of <c>PATH</c>.</param>
    /// <param name="reason">The reason, and what to do, if the result is <see langword="null"/>.</param>
    public static Translator? Find(Platform platform, string searchPath, out string reason)
    {
        if (platform.Os != "linux" || !s_known.TryGetValue(platform.Architecture, out var known))
        {
            reason = $"No translator is known for {platform}.";
            return null;
        }

        string program = "qemu-" + known.Name;
        string[] found =
            [.. ((string[])[program + "-static", program]).Select(name => ProgramSearch.Find(name, searchPath)).OfType<string>()];
        if (found.FirstOrDefault(IsStatic) is { } path)
        {
            reason = "";
            return new Translator(known.Name, path);
        }

        reason = (found.Length == 0
            ? $"QEMU's user mode emulation was not found: there is neither {program}-static nor {program} in PATH."
            : $"{found[0]} is no static program, so it can't run in a machine.")
            + " Install it with 'apt-get install qemu-user-static' (Debian, Ubuntu) or 'dnf install qemu-user-static' (Fedora).";
        return null;
    }

    /// <summary>
    /// Returns the rule by which the kernel knows the programs, in the format of systemd's binfmt.d: executables and shared objects, so
    /// also position-independent programs. <c>F</c>: the translator is opened once and is found in every container; <c>P</c>: programs get
    /// their own name as argument 0; <c>OC</c>: set-id programs get their ids.
    /// </summary>
    /// <param name="guestPath">The translator's path in the guest.</param>
    public string ToRule(string guestPath)
    {
        (_, byte bits, byte order, ushort machine) = s_known.Values.Single(known => known.Name == Architecture);
        byte[] magic = new byte[20], mask = new byte[20];
        "\u007fELF"u8.CopyTo(magic);
        (magic[4], magic[5], magic[6]) = (bits, order, 1);
        mask.AsSpan().Fill(0xFF);
        mask[7] = 0; // the ABI of the operating system: programs name several
        bool isLittle = order == 1;
        magic[isLittle ? 16 : 17] = 2;
        mask[isLittle ? 16 : 17] = 0xFE; // 2, an executable, or 3, a shared object
        if (isLittle)
            BinaryPrimitives.WriteUInt16LittleEndian(magic.AsSpan(18), machine);
        else
            BinaryPrimitives.WriteUInt16BigEndian(magic.AsSpan(18), machine);
        return $":islet-{Architecture}:M::{Escape(magic)}:{Escape(mask)}:{guestPath}:OCFP";
    }

    private static string Escape(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (byte one in bytes)
            text.Append(CultureInfo.InvariantCulture, $"\\x{one:x2}");
        return text.ToString();
    }

    // A static program names no program that loads it.
    private static bool IsStatic(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] header = new byte[ElfHeaderSize];
            file.ReadExactly(header);
            if (!header.AsSpan().StartsWith("\u007fELF\x02\x01"u8))
                return false;
            long table = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32));
            int size = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(54));
            int count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56));
            byte[] segment = new byte[sizeof(int)];
            for (int i = 0; i < count; i++)
            {
                file.Position = table + ((long)i * size);
                file.ReadExactly(segment);
                if (BinaryPrimitives.ReadInt32LittleEndian(segment) == InterpreterSegment)
                    return false;
            }

            return true;
        }
        catch (Exception exception) when (StorageException.Describes(exception) || exception is ArgumentException)
        {
            return false;
        }
    }
}
