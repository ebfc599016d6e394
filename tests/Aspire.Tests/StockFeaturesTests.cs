using System.Reflection;
using System.Text.RegularExpressions;

namespace Islet.Aspire.Tests;

/// <summary>The table of stock features in docs/design/aspire.md.</summary>
public sealed partial class StockFeaturesTests
{
    [Fact]
    public void Each_feature_of_the_table_names_tests_that_there_are()
    {
        DirectoryInfo checkout = Checkout();
        string page = File.ReadAllText(Path.Combine(checkout.FullName, "docs", "design", "aspire.md"));
        string table = page.Split("## Stock features")[1].Split("\n## ")[0];
        string[] rows = [.. table.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2)];
        Assert.NotEmpty(rows);
        foreach (string row in rows)
        {
            string tests = row.Split(" | ")[^1];
            string[] named = [.. Test().Matches(tests).Select(match => match.Groups[1].Value)];
            string[] scripts = [.. Script().Matches(tests).Select(match => match.Groups[1].Value)];
            Assert.False(named is [] && scripts is [], $"No test is named: {row}");
            Assert.All(named, name => Assert.True(Exists(name), $"There is no test {name}: {row}"));
            Assert.All(scripts, script => Assert.True(
                File.Exists(Path.Combine(checkout.FullName, script)), $"There is no script {script}: {row}"));
        }
    }

    private static bool Exists(string name)
    {
        string[] parts = name.Split('.');
        return typeof(StockFeaturesTests).Assembly.GetType($"Islet.Aspire.Tests.{parts[0]}") is { } type
            && (parts.Length == 1 || type.GetMethod(parts[1])?.GetCustomAttribute<FactAttribute>() is not null);
    }

    private static DirectoryInfo Checkout()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Integration.sln")))
            directory = directory.Parent;
        return directory;
    }

    [GeneratedRegex(@"`(\w+Tests(?:\.\w+)?)`")]
    private static partial Regex Test();

    [GeneratedRegex(@"\]\(\.\./\.\./(eng/tests/[\w-]+\.sh)\)")]
    private static partial Regex Script();
}
