using System.Text.Json;

namespace Islet.VirtualMachines.Qemu.Monitor;

/// <summary>An event that QEMU reports by itself.</summary>
/// <param name="Name">The event's name: <c>SHUTDOWN</c>, <c>STOP</c>, <c>VSERPORT_CHANGE</c> …</param>
/// <param name="Data">The event's members; undefined when it has none.</param>
internal readonly record struct QmpEvent(string Name, JsonElement Data)
{
    /// <summary>Returns a member as text; empty when it is missing or not text.</summary>
    public string Text(string member) =>
        TryGet(member, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";

    /// <summary>Whether a member is <c>true</c>.</summary>
    public bool Flag(string member) => TryGet(member, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private bool TryGet(string member, out JsonElement value)
    {
        value = default;
        return Data.ValueKind == JsonValueKind.Object && Data.TryGetProperty(member, out value);
    }
}
