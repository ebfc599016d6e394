namespace Islet.Aspire.Tests.Members;

public sealed class MemberLineTests
{
    [Fact]
    public void A_members_line_has_its_type_its_parameters_and_what_it_returns()
    {
        IReadOnlyList<string> members = HostingMembers.Of(Path.Combine(AppContext.BaseDirectory, "Aspire.Hosting.Integrations.Contract.dll"));

        Assert.Contains("Aspire.Hosting.ApplicationModel.ContainerResource::.ctor(string, string) : void", members);
        Assert.Contains(
            "Aspire.Hosting.ContainerResourceBuilderExtensions::WithEntrypoint<1>"
            + "(Aspire.Hosting.ApplicationModel.IResourceBuilder`1<!!0>, string) : Aspire.Hosting.ApplicationModel.IResourceBuilder`1<!!0>",
            members);
        Assert.DoesNotContain(members, line => line.StartsWith("Npgsql", StringComparison.Ordinal));
    }
}
