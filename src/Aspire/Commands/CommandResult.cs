using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire.Commands;

/// <summary>The result of a command: a sentence for people, and data for programs.</summary>
internal static class CommandResult
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static ExecuteCommandResult Of<T>(string message, T data) =>
        CommandResults.Success(message, JsonSerializer.Serialize(data, s_options), CommandResultFormat.Json);
}
