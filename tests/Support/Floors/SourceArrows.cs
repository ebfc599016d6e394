using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Islet.Testing.Support;

/// <summary>The use of one type by another: by name, or by a member.</summary>
internal sealed record Arrow(string FromFolder, string From, string ToFolder, string To)
{
    public override string ToString() => $"{FromFolder}: {From} uses {To} of {ToFolder}";
}

/// <summary>
/// Finds the uses between the top-level types of a source folder, by the compiler's own symbols, with the folder of each type.
/// </summary>
internal static class SourceArrows
{
    private static readonly string[] s_implicitUsings =
        ["System", "System.IO", "System.Linq", "System.Collections.Generic", "System.Threading", "System.Threading.Tasks",
            "System.Net.Http"];

    /// <summary>Returns every arrow between two types of the folder, each once.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="assembly">The name of the assembly that is made of it.</param>
    public static IReadOnlyCollection<Arrow> Of(string root, string assembly)
    {
        CSharpCompilation compilation = Compile(root, assembly);
        var arrows = new HashSet<Arrow>();
        foreach (SyntaxTree tree in compilation.SyntaxTrees.Where(tree => tree.FilePath.Length > 0))
        {
            SemanticModel model = compilation.GetSemanticModel(tree);
            foreach (SimpleNameSyntax name in tree.GetRoot(CancellationToken.None).DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (OuterTypeOf(model.GetSymbolInfo(name, CancellationToken.None).Symbol) is not { } used || FileOf(used) is not { } file)
                    continue;
                string user = name.Ancestors().OfType<BaseTypeDeclarationSyntax>().LastOrDefault()?.Identifier.Text
                    ?? Path.GetFileName(tree.FilePath);
                if (user != used.Name)
                    arrows.Add(new Arrow(FolderOf(root, tree.FilePath), user, FolderOf(root, file), used.Name));
            }
        }

        return arrows;
    }

    private static CSharpCompilation Compile(string root, string assembly)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        IEnumerable<SyntaxTree> trees = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => FolderOf(root, file) is not ("bin" or "obj"))
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file))
            .Append(CSharpSyntaxTree.ParseText(string.Concat(s_implicitUsings.Select(name => $"global using {name};")), options));

        // The test program's folder has the libraries that the assembly refers to; the assembly itself comes from its sources.
        string[] own = [assembly + ".dll", Assembly.GetExecutingAssembly().GetName().Name + ".dll"];
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is { } name && !own.Contains(name))
            .Select(path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create(
            assembly, trees, references,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));
    }

    private static INamedTypeSymbol? OuterTypeOf(ISymbol? symbol)
    {
        if (symbol is IMethodSymbol { ReducedFrom: { } extension })
            symbol = extension;
        INamedTypeSymbol? type = symbol switch
        {
            INamedTypeSymbol named => named,
            IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol => symbol.ContainingType,
            _ => null,
        };
        while (type?.ContainingType is { } outer)
            type = outer;
        return type?.OriginalDefinition;
    }

    private static string? FileOf(INamedTypeSymbol type) => type.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree.FilePath;

    private static string FolderOf(string root, string path)
    {
        string relative = Path.GetRelativePath(root, path);
        int end = relative.IndexOf('/', StringComparison.Ordinal);
        return end < 0 ? "." : relative[..end];
    }
}
