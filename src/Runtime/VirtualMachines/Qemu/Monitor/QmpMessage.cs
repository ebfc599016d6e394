using System.Text.Json;

namespace Islet.VirtualMachines.Qemu.Monitor;

/// <summary>One line from QEMU's monitor (QEMU Machine Protocol specification, section 2, "Protocol specification").</summary>
internal abstract record QmpMessage
{
    private QmpMessage()
    {
    }

    /// <summary>Reads one message.</summary>
    /// <exception cref="QmpProtocolException">The line is not a JSON object, or not a message of the specification.</exception>
    public static QmpMessage Parse(ReadOnlyMemory<byte> line)
    {
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            root = document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new QmpProtocolException("QEMU's monitor sent something that is not JSON.", exception);
        }

        try
        {
            if (root.ValueKind != JsonValueKind.Object)
                throw new QmpProtocolException("QEMU's monitor sent JSON that is not an object.");
            if (root.TryGetProperty("return", out JsonElement result))
                return new Return(IdOf(root), result);
            if (root.TryGetProperty("error", out JsonElement error))
                return new Error(IdOf(root), TextOf(error, "class"), TextOf(error, "desc"));
            if (root.TryGetProperty("event", out JsonElement name))
                return new Event(new QmpEvent(name.GetString() ?? "", root.TryGetProperty("data", out JsonElement data) ? data : default));
            if (root.TryGetProperty("QMP", out JsonElement greeting))
                return new Greeting(VersionOf(greeting));
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new QmpProtocolException("QEMU's monitor sent a message whose members are not what the protocol says.", exception);
        }

        throw new QmpProtocolException("QEMU's monitor sent a message of an unknown kind.");
    }

    private static long? IdOf(JsonElement root) => root.TryGetProperty("id", out JsonElement id) ? id.GetInt64() : null;

    private static string TextOf(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private static Version VersionOf(JsonElement greeting)
    {
        JsonElement qemu = greeting.GetProperty("version").GetProperty("qemu");
        return new Version(Number("major"), Number("minor"), Number("micro"));

        int Number(string name) => Math.Max(0, qemu.GetProperty(name).GetInt32());
    }

    /// <summary>The first message, in which QEMU identifies itself (2.2).</summary>
    public sealed record Greeting(Version Version) : QmpMessage;

    /// <summary>The success of a command (2.4.1).</summary>
    public sealed record Return(long? Id, JsonElement Value) : QmpMessage;

    /// <summary>The refusal of a command (2.4.2). Without an id when QEMU could not even read the command.</summary>
    public sealed record Error(long? Id, string Class, string Description) : QmpMessage;

    /// <summary>An event (2.5).</summary>
    public sealed record Event(QmpEvent Value) : QmpMessage;
}
