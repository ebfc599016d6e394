using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The failure of a system call. The message says what was attempted and why the kernel refused.</summary>
internal sealed class LinuxException(int error, string attempt) : Exception($"{attempt}: {Describe(error)}")
{
    public int Error { get; } = error;

    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error).ToLowerInvariant();
}
