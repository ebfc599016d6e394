using Islet.Protocol.Agent;

namespace Islet.Guest.Processes;

/// <summary>The variables that the container adds to the environment of its processes.</summary>
/// <param name="Hostname">The value of HOSTNAME.</param>
/// <param name="Inherited">The environment of the container's first process, as the host has described it.</param>
internal sealed record ProcessEnvironment(string Hostname, IReadOnlyList<string> Inherited)
{
    // Up to this number, entries are searched one by one. An image may have any number of them, which would take an hour that way.
    private const int FewEntries = 200;

    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>
    /// Returns the environment of a process: its own variables, over the first process's if it asks for them, and Docker's additions.
    /// </summary>
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

    /// <summary>Replaces the inherited entry of the same name. A variable that the process itself has twice stays twice.</summary>
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
