using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Describes parameters.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>A parameter whose value is in the configuration, at "Parameters:name".</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, [ResourceName] string name, bool secret = false) =>
        builder.AddResource(Create(builder, name, secret, null));

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, _ => builder.Configuration[$"Parameters:{name}"] ?? value, secret));

    /// <summary>A generated password, which isn't a resource of the model by itself.</summary>
    public static ParameterResource CreateDefaultPasswordParameter(
        IDistributedApplicationBuilder builder, string name, bool lower = true, bool upper = true, bool numeric = true, bool special = true,
        int minLower = 0, int minUpper = 0, int minNumeric = 0, int minSpecial = 0) =>
        Create(builder, name, secret: true, new GenerateParameterDefault { Special = special });

    private static ParameterResource Create(IDistributedApplicationBuilder builder, string name, bool secret, ParameterDefault? value) =>
        new(name, parameterDefault => builder.Configuration[$"Parameters:{name}"] ?? parameterDefault?.GetDefaultValue()
            ?? throw new DistributedApplicationException($"Parameter resource could not be used because configuration key 'Parameters:{name}' is missing and the Parameter has no default value."), secret)
        {
            Default = value,
        };
}
