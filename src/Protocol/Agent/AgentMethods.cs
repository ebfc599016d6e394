namespace Islet.Protocol.Agent;

/// <summary>The names of agent.proto's methods in ttrpc calls.</summary>
public static class AgentMethods
{
    /// <summary>The service's full name.</summary>
    public const string Service = "islet.agent.v1.Agent";

    /// <summary><see cref="GetInfoRequest"/> → <see cref="GetInfoResponse"/>.</summary>
    public const string GetInfo = "GetInfo";

    /// <summary><see cref="BootstrapRequest"/> → <see cref="BootstrapResponse"/>.</summary>
    public const string Bootstrap = "Bootstrap";

    /// <summary><see cref="AbandonRequest"/> → <see cref="AbandonResponse"/>.</summary>
    public const string Abandon = "Abandon";

    /// <summary><see cref="QuiesceRequest"/> → <see cref="QuiesceResponse"/>.</summary>
    public const string Quiesce = "Quiesce";

    /// <summary><see cref="RenewRequest"/> → <see cref="RenewResponse"/>.</summary>
    public const string Renew = "Renew";

    /// <summary><see cref="CreateProcessRequest"/> → <see cref="CreateProcessResponse"/>.</summary>
    public const string CreateProcess = "CreateProcess";

    /// <summary><see cref="StartProcessRequest"/> → <see cref="StartProcessResponse"/>.</summary>
    public const string StartProcess = "StartProcess";

    /// <summary><see cref="SignalProcessRequest"/> → <see cref="SignalProcessResponse"/>.</summary>
    public const string SignalProcess = "SignalProcess";

    /// <summary><see cref="ResizeTerminalRequest"/> → <see cref="ResizeTerminalResponse"/>.</summary>
    public const string ResizeTerminal = "ResizeTerminal";

    /// <summary><see cref="WaitProcessRequest"/> → <see cref="ProcessExit"/>, once the process has ended.</summary>
    public const string WaitProcess = "WaitProcess";

    /// <summary><see cref="WaitPortRequest"/> → <see cref="WaitPortResponse"/>, once something accepts connections.</summary>
    public const string WaitPort = "WaitPort";

    /// <summary><see cref="StatRequest"/> → <see cref="StatResponse"/>.</summary>
    public const string Stat = "Stat";

    /// <summary><see cref="GetStatisticsRequest"/> → <see cref="GetStatisticsResponse"/>.</summary>
    public const string GetStatistics = "GetStatistics";

    /// <summary><see cref="SetClockRequest"/> → <see cref="SetClockResponse"/>.</summary>
    public const string SetClock = "SetClock";

    /// <summary><see cref="ShutdownRequest"/> → <see cref="ShutdownResponse"/>.</summary>
    public const string Shutdown = "Shutdown";
}
