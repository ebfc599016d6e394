using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>The failure of a system call. The message says what was attempted and why the kernel refused.</summary>
internal sealed class LinuxException(int error, string attempt) : Exception($"{attempt}: {Describe(error)}")
{
    public int Error { get; } = error;

    /// <summary>A description of the attempt, without the reason of the failure.</summary>
    public string Attempt { get; } = attempt;

    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error).ToLowerInvariant();
}
