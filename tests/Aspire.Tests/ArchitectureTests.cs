using Islet.Testing.Support;

namespace Islet.Aspire.Tests;

/// <summary>Checks the arrows of docs/design/aspire.md in src/Aspire.</summary>
public sealed class ArchitectureTests() : FloorTests(
    "src/Aspire", "Islet.Aspire",

    // From the lowest floor up. "." is the root: the extension methods and the application.
    ["ApplicationModel"],
    ["Logging", "Terminals"],
    ["Network", "Volumes"],
    ["Configuration"],
    ["Lifecycle"],
    ["Commands"],
    ["."]);
