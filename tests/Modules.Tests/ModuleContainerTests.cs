using System.Reflection;
using Islet.Modules.Redis;

namespace Islet.Modules;

public sealed class ModuleContainerTests
{
    // A fork of a product has the type of the product, and WithContainer is not called on the container inside.
    private static readonly string[] s_ownWords = [nameof(Container.ForkAsync), "IContainer<Container>.WithContainer"];

    public static TheoryData<string> Members =>
    [
        .. typeof(Container).GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(member => member is PropertyInfo or MethodInfo { IsSpecialName: false }).Select(Signature)
            .Where(member => !s_ownWords.Any(own => member.Contains(own, StringComparison.Ordinal))),
    ];

    [Theory]
    [MemberData(nameof(Members))]
    public void A_products_container_can_what_every_container_can(string member) => Assert.Contains(
        member, typeof(RedisContainer).GetMembers(BindingFlags.Public | BindingFlags.Instance).Select(Signature));

    private static string Signature(MemberInfo member) => $"{member}{Defaults(member)}";

    private static string Defaults(MemberInfo member) => member is MethodInfo method
        ? string.Concat(method.GetParameters().Select(parameter => $" {parameter.Name}={(parameter.HasDefaultValue ? parameter.DefaultValue ?? "default" : "required")}"))
        : "";
}
