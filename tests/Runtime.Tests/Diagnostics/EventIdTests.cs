using System.Globalization;
using System.Text.RegularExpressions;

namespace Islet.Tests.Diagnostics;

public sealed partial class EventIdTests
{
    [Fact]
    public void Every_log_message_has_an_id_of_its_own_that_the_documentation_lists()
    {
        string checkout = Checkout();
        List<(int Id, string File)> messages = [];
        foreach (string file in new[] { "Runtime", "Aspire" }.SelectMany(
            project => Directory.EnumerateFiles(Path.Combine(checkout, "src", project), "*.cs", SearchOption.AllDirectories)))
        {
            if (file.Contains("/obj/", StringComparison.Ordinal))
                continue;
            foreach (Match message in Message().Matches(File.ReadAllText(file)))
            {
                Assert.True(message.Groups["id"].Success, $"{Path.GetFileName(file)} logs a message without an id: {message.Value}");
                messages.Add((Number(message), Path.GetFileName(file)));
            }
        }

        Assert.True(messages.Count > 20);
        Assert.Equal([], messages.GroupBy(message => message.Id).Where(same => same.Count() > 1).Select(same => string.Join(", ", same)));
        IEnumerable<int> listed = ListedId()
            .Matches(File.ReadAllText(Path.Combine(checkout, "docs", "design", "diagnostics.md"))).Select(Number);
        Assert.Equal(messages.Select(message => message.Id).Order(), listed);
    }

    private static int Number(Match match) => int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture);

    private static string Checkout()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Integration.sln")))
            directory = directory.Parent;
        return Assert.IsType<DirectoryInfo>(directory).FullName;
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(EventId = (?<id>\d+))?|ogger\.Log(Trace|Debug|Information|Warning|Error|Critical)\((?<id>\d+)?")]
    private static partial Regex Message();

    [GeneratedRegex(@"^\| (?<id>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex ListedId();
}
