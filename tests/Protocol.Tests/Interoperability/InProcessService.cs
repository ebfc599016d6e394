using System.Diagnostics;
using Google.Protobuf;
using Islet.Protocol.Agent;
using Islet.Protocol.Ttrpc;

namespace Islet.Protocol.Tests.Interoperability;

/// <summary>Some of the agent's methods, with real processes of this machine.</summary>
internal sealed class InProcessService(Action<Action> post) : ITtrpcService
{
    private readonly Dictionary<string, RunningProcess> _processes = [];

    public void Invoke(string service, string method, ByteString payload, TtrpcCall call)
    {
        Assert.Equal(AgentMethods.Service, service);
        switch (method)
        {
            case AgentMethods.GetInfo:
                call.Reply(new GetInfoResponse { AgentVersion = "in-process", KernelRelease = "none", Machine = "none" });
                break;
            case AgentMethods.CreateProcess:
                call.Reply(new CreateProcessResponse { Pid = Start(CreateProcessRequest.Parser.ParseFrom(payload).Process) });
                break;
            case AgentMethods.WaitProcess:
                Wait(WaitProcessRequest.Parser.ParseFrom(payload).Id, call);
                break;
            default:
                call.Fail(StatusCode.Unimplemented, $"there is no method {method}");
                break;
        }
    }

    public void ReadOutput(string id, InProcessAgent.AgentStream stream)
    {
        RunningProcess process = _processes[id];
        if (process.Output is null)
            process.OutputReaders.Add(stream);
        else
            SendOutput(stream, process.Output);
    }

    private int Start(ProcessSpec spec)
    {
        Process started = Process.Start(new ProcessStartInfo(spec.Arguments[0], spec.Arguments.Skip(1)) { RedirectStandardOutput = true })!;
        var process = new RunningProcess();
        _processes.Add(spec.Id, process);
        int pid = started.Id;
        _ = Task.Run(async () =>
        {
            using (started)
            {
                string output = await started.StandardOutput.ReadToEndAsync();
                await started.WaitForExitAsync();
                post(() => End(process, output, new ProcessExit { Id = spec.Id, ExitCode = started.ExitCode }));
            }
        });
        return pid;
    }

    private void Wait(string id, TtrpcCall call)
    {
        if (!_processes.TryGetValue(id, out RunningProcess? process))
            throw new TtrpcException(StatusCode.NotFound, $"there is no process {id}");

        if (process.Exit is not null)
            call.Reply(process.Exit);
        else
            process.Waiters.Add(call);
    }

    private void End(RunningProcess process, string output, ProcessExit exit)
    {
        process.Output = output;
        process.Exit = exit;
        foreach (InProcessAgent.AgentStream reader in process.OutputReaders)
            SendOutput(reader, output);
        foreach (TtrpcCall waiter in process.Waiters)
            waiter.Reply(exit);
    }

    private static void SendOutput(InProcessAgent.AgentStream stream, string output)
    {
        stream.Send(System.Text.Encoding.UTF8.GetBytes(output));
        stream.End();
    }

    private sealed class RunningProcess
    {
        public List<InProcessAgent.AgentStream> OutputReaders { get; } = [];

        public List<TtrpcCall> Waiters { get; } = [];

        public string? Output { get; set; }

        public ProcessExit? Exit { get; set; }
    }
}
