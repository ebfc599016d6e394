using System.Text;
using Islet.Guest.Linux;

namespace Islet.Guest.Init;

/// <summary>The settings of the agent's own process.</summary>
internal static class AgentProcess
{
    public static void Protect()
    {
        Machine.IgnoreBrokenPipes();
        Machine.DisableRebootKey();

        // The agent must never be the victim when memory runs out; without PID 1 there is no machine.
        using Descriptor score = Descriptor.Open("/proc/self/oom_score_adj", OpenFlags.WriteOnly);
        _ = score.Write(Encoding.UTF8.GetBytes("-1000"));
    }
}
