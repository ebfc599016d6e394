using Islet.Protocol.Agent;

namespace Islet.Guest.Processes;

/// <summary>What the container gives to the environment of its processes.</summary>
/// <param name="Hostname">For HOSTNAME.</param>
/// <param name="Inherited">That of its first process, as the host has described it.</param>
internal sealed record ProcessEnvironment(string Hostname, IReadOnlyList<string> Inherited)
{
    // Searched through one by one. An image may have any number, for which that would take an hour.
    private const int FewEntries = 200;

    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The environment of a process: its own, over the first process's where it asks for that, and what Docker adds.</summary>
    public List<string> Of(ProcessSpec spec, ProcessUser user)
    {
        var environment = new List<string>(Inherited.Count + spec.Environment.Count + 4);
        if (spec.InheritEnvironment)
            environment.AddRange(Inherited);
        int inherited = environment.Count;
        Dictionary<string, int>? index = inherited > FewEntries ? IndexOf(environment) : null;
        foreach (string entry in spec.Environment)
            Lay(entry, environment, inherited, index);

        AddMissing(environment, DefaultPath);
        AddMissing(environment, $"HOSTNAME={Hostname}");
        AddMissing(environment, $"HOME={user.Home}");
        if (spec.Terminal)
            AddMissing(environment, "TERM=xterm");
        return environment;
    }

    /// <summary>Replaces the inherited entry of the same name. What the process has twice itself stays twice.</summary>
    private static void Lay(string entry, List<string> environment, int inherited, Dictionary<string, int>? index)
    {
        int existing = index is null ? Find(environment, NameOf(entry), inherited) : index.GetValueOrDefault(NameOf(entry).ToString(), -1);
        if (existing >= 0)
            environment[existing] = entry;
        else
            environment.Add(entry);
    }

    private static Dictionary<string, int> IndexOf(List<string> environment)
    {
        var index = new Dictionary<string, int>(environment.Count);
        for (int i = 0; i < environment.Count; i++)
            index.TryAdd(NameOf(environment[i]).ToString(), i);
        return index;
    }

    private static void AddMissing(List<string> environment, string entry)
    {
        if (Find(environment, NameOf(entry), environment.Count) < 0)
            environment.Add(entry);
    }

    private static int Find(List<string> environment, ReadOnlySpan<char> name, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (NameOf(environment[i]).SequenceEqual(name))
                return i;
        }

        return -1;
    }

    private static ReadOnlySpan<char> NameOf(string entry)
    {
        int end = entry.IndexOf('=');
        return end < 0 ? entry : entry.AsSpan(0, end);
    }
}
