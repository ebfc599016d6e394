using System.Reflection;
using Google.Protobuf.Reflection;
using Islet.Protocol.Agent;

namespace Islet.Protocol.Tests.Agent;

public sealed class AgentMethodsTests
{
    [Fact]
    public void The_names_are_those_of_the_contract()
    {
        ServiceDescriptor contract = AgentReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Agent");
        IEnumerable<string> named = typeof(AgentMethods).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.Name != nameof(AgentMethods.Service))
            .Select(field => (string)field.GetRawConstantValue()!);

        Assert.Equal(AgentMethods.Service, contract.FullName);
        Assert.Equal(contract.Methods.Select(method => method.Name).Order(), named.Order());
        Assert.DoesNotContain(contract.Methods, method => method.IsServerStreaming || method.IsClientStreaming);
    }
}
