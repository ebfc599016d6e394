using System.Text;
using Islet.Guest.Linux;

namespace Islet.Guest.Init;

/// <summary>The kernel's console, which the host keeps per VM: the place for messages that can't be sent over the wire.</summary>
internal static class KernelConsole
{
    /// <summary>Writes one line. Never throws: there is no other place to report an error to.</summary>
    public static void Log(string text)
    {
        using Descriptor? console = Descriptor.TryOpen("/dev/console", OpenFlags.WriteOnly | OpenFlags.NoControllingTerminal);
        _ = console?.Write(Encoding.UTF8.GetBytes($"islet: {text}\n"));
    }
}
