namespace Islet.Protocol.Agent;

/// <summary>The paths of the methods of agent.proto.</summary>
internal static class AgentMethods
{
    /// <summary>The paths' beginning; the name of the method follows.</summary>
    public const string Prefix = "/islet.agent.v1.Agent/";

    /// <summary>The method with a stream of frames in both directions. All others are unary.</summary>
    public const string OpenStream = Prefix + nameof(OpenStream);
}
