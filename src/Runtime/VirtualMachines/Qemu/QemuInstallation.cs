using System.Collections.Concurrent;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Islet.Native.Posix;
using Islet.VirtualMachines.Qemu.Processes;
using Microsoft.Win32.SafeHandles;

namespace Islet.VirtualMachines.Qemu;

/// <summary>A QEMU of this host, which emulates one architecture.</summary>
/// <param name="Path">The absolute path of <c>qemu-system-x86_64</c> or <c>qemu-system-aarch64</c>.</param>
/// <param name="Version">The version of that program.</param>
internal sealed partial record QemuInstallation(string Path, Version Version)
{
    /// <summary>The oldest supported version, that of Debian 12: the first with every feature that is used here.</summary>
    public static readonly Version OldestSupported = new(7, 2);

    private const int AnswerMilliseconds = 10_000;

    // Each binary is asked only once: starting QEMU for its version takes a tenth of the time of a restore.
    private static readonly ConcurrentDictionary<(string Path, DateTime Modified), Version?> s_versions = new();

    /// <summary>Finds QEMU, or says why there is no usable one and what to do.</summary>
    /// <param name="architecture">The architecture of the guests.</param>
    /// <param name="chosen">The path that the settings name; it takes precedence over the search.</param>
    /// <param name="searchPath">The value of <c>PATH</c>.</param>
    /// <param name="reason">The reason, in sentences, if the result is <see langword="null"/>.</param>
    public static QemuInstallation? Find(Architecture architecture, string? chosen, string searchPath, out string reason)
    {
        string program = ProgramFor(architecture);
        string howToInstall = HowToInstall(architecture);
        string? path = string.IsNullOrEmpty(chosen) ? ProgramSearch.Find(program, searchPath) : System.IO.Path.GetFullPath(chosen);
        if (path is null)
        {
            reason = $"QEMU was not found: there is no {program} in PATH. {howToInstall}";
            return null;
        }

        if (!ProgramSearch.IsExecutable(path))
        {
            reason = $"QemuPath (ISLET_QEMU) is {path}, which is no program that can be run. Correct it, "
                + "or leave it out for the QEMU in PATH.";
            return null;
        }

        Version? version = s_versions.GetOrAdd((path, File.GetLastWriteTimeUtc(path)), static key => AskVersion(key.Path));
        if (version is null)
        {
            reason = $"{path} does not say which QEMU it is when run with -version. {howToInstall}";
            return null;
        }

        if (version < OldestSupported)
        {
            reason = $"{path} is QEMU {version}; Islet needs {OldestSupported} or newer. {howToInstall}";
            return null;
        }

        reason = "";
        return new QemuInstallation(path, version);
    }

    /// <summary>Reads the version from the first line that <c>-version</c> prints.</summary>
    internal static Version? ParseVersion(string output) =>
        VersionLine().Match(output) is { Success: true } match && Version.TryParse(match.Groups[1].ValueSpan, out Version? version)
            ? version
            : null;

    private static string ProgramFor(Architecture architecture) =>
        architecture == Architecture.Arm64 ? "qemu-system-aarch64" : "qemu-system-x86_64";

    private static string HowToInstall(Architecture architecture)
    {
        if (OperatingSystem.IsMacOS())
            return "Install it with 'brew install qemu'.";
        (string debian, string fedora) = architecture == Architecture.Arm64
            ? ("qemu-system-arm", "qemu-system-aarch64-core")
            : ("qemu-system-x86", "qemu-system-x86-core");
        return $"Install it with 'apt-get install {debian}' (Debian, Ubuntu) or 'dnf install {fedora}' (Fedora).";
    }

    private static Version? AskVersion(string path)
    {
        try
        {
            using SocketPair output = SocketPair.Create();
            using SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var process = ChildProcess.Start(path, ["-version"], [nowhere, output.Theirs, nowhere]);
            output.Theirs.Dispose();
            using Socket reader = output.TakeOurs();
            try
            {
                return ParseVersion(ReadToEnd(reader));
            }
            finally
            {
                process.Kill();
                process.WaitForExit();
            }
        }
        catch (Exception exception) when (exception is Win32Exception or SocketException)
        {
            return null;
        }
    }

    private static string ReadToEnd(Socket reader)
    {
        reader.ReceiveTimeout = AnswerMilliseconds;
        byte[] text = new byte[4096];
        int length = 0;
        while (length < text.Length && reader.Receive(text.AsSpan(length)) is > 0 and int count)
            length += count;
        return Encoding.UTF8.GetString(text, 0, length);
    }

    [GeneratedRegex(@"^QEMU emulator version (\d+\.\d+(\.\d+)?)")]
    private static partial Regex VersionLine();
}
