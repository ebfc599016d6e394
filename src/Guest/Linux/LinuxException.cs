using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>A system call failed. The message says what was being done and why the kernel refused.</summary>
internal sealed class LinuxException(int error, string attempt) : Exception($"{attempt}: {Describe(error)}")
{
    public int Error { get; } = error;

    /// <summary>What was being done, without the reason.</summary>
    public string Attempt { get; } = attempt;

    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error).ToLowerInvariant();
}
