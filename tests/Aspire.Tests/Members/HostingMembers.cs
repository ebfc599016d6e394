using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Islet.Aspire.Tests.Members;

/// <summary>The members of Aspire.Hosting that an assembly refers to, as its metadata has them.</summary>
internal static class HostingMembers
{
    private const string Assembly = "Aspire.Hosting";

    /// <returns>One line each, in ordinal order: the types, and the members with their signatures.</returns>
    public static IReadOnlyList<string> Of(string assemblyPath)
    {
        using var file = new PEReader(File.OpenRead(assemblyPath));
        MetadataReader reader = file.GetMetadataReader();
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (TypeReferenceHandle handle in reader.TypeReferences)
        {
            if (IsHosting(reader, handle))
                lines.Add(SignatureText.Name(reader, handle));
        }

        foreach (MemberReferenceHandle handle in reader.MemberReferences)
        {
            if (Describe(reader, reader.GetMemberReference(handle)) is { } line)
                lines.Add(line);
        }

        return [.. lines];
    }

    private static string? Describe(MetadataReader reader, MemberReference member)
    {
        if (Owner(reader, member.Parent) is not { } owner)
            return null;

        string name = $"{SignatureText.Name(reader, owner)}::{reader.GetString(member.Name)}";
        if (member.GetKind() == MemberReferenceKind.Field)
            return $"{name} : {member.DecodeFieldSignature(new SignatureText(), null)}";

        MethodSignature<string> signature = member.DecodeMethodSignature(new SignatureText(), null);
        string generics = signature.GenericParameterCount == 0 ? "" : $"<{signature.GenericParameterCount}>";
        return $"{name}{generics}({string.Join(", ", signature.ParameterTypes)}) : {signature.ReturnType}";
    }

    // The type that declares a member; of a generic one, its definition.
    private static TypeReferenceHandle? Owner(MetadataReader reader, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeSpecification)
        {
            BlobReader blob = reader.GetBlobReader(reader.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
            if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
                return null;

            blob.ReadCompressedInteger(); // class or value type
            parent = blob.ReadTypeHandle();
        }

        return parent.Kind == HandleKind.TypeReference && IsHosting(reader, (TypeReferenceHandle)parent) ? (TypeReferenceHandle)parent : null;
    }

    private static bool IsHosting(MetadataReader reader, TypeReferenceHandle handle)
    {
        EntityHandle scope = reader.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => IsHosting(reader, (TypeReferenceHandle)scope),
            HandleKind.AssemblyReference =>
                reader.StringComparer.Equals(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name, Assembly),
            _ => false,
        };
    }
}
