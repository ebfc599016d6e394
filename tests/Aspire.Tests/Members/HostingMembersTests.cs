namespace Islet.Aspire.Tests.Members;

public sealed class HostingMembersTests
{
    // What the adapter takes from Aspire is written down, so that each line can be looked up in the real assembly and the adapter
    // does not come to need a member of a later version unnoticed.
    [Fact]
    public void The_members_the_adapter_refers_to_are_those_of_the_list()
    {
        string adapter = Path.Combine(AppContext.BaseDirectory, "Islet.Aspire.dll");
        string[] listed = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "aspire-hosting-members.txt"));

        IReadOnlyList<string> actual = HostingMembers.Of(adapter);

        string[] differences = [.. actual.Except(listed).Select(line => $"+ {line}"), .. listed.Except(actual).Select(line => $"- {line}")];
        Assert.True(differences.Length == 0, $"Change src/Aspire/aspire-hosting-members.txt so:\n{string.Join('\n', differences)}");
    }
}
