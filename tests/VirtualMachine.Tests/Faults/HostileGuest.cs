using System.Buffers;
using System.Runtime.InteropServices;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Islet.Agent;
using Islet.VirtualMachines;

namespace Islet.VirtualMachine.Tests.Faults;

/// <summary>Changes bytes from a guest, in place.</summary>
/// <returns>The number of bytes that are left; 0 is the end of the stream.</returns>
internal delegate int Mangle(Span<byte> bytes);

/// <summary>
/// A backend whose machines are real until <see cref="Mangler"/> is set. From then on the host reads the mangler's output in each of
/// their answers, as if the guest had been taken over.
/// </summary>
internal sealed class HostileGuest(IVirtualMachineBackend real) : IVirtualMachineBackend
{
    /// <summary>Turns the bytes from a guest into nonsense. <see langword="null"/>: the guest is honest.</summary>
    public Mangle? Mangler { get; set; }

    public string Name => real.Name;

    public BackendSupport SupportFor(Architecture architecture) => real.SupportFor(architecture);

    public bool IsAccelerated(Architecture architecture) => real.IsAccelerated(architecture);

    public string GetShape(VirtualMachineOptions options) => real.GetShape(options);

    public async ValueTask<IVirtualMachine> StartAsync(
        VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken) =>
        new Machine(this, await real.StartAsync(options, timeline, cancellationToken));

    public async ValueTask<IVirtualMachine> RestoreAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, StartupTimeline timeline,
        CancellationToken cancellationToken) =>
        new Machine(this, await real.RestoreAsync(options, saved, mode, timeline, cancellationToken));

    public ValueTask<IPooledMachine> PrepareAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A hostile guest has no pooled machines.");

    public ValueTask<IWaitingMachine> SpawnAsync(VirtualMachineOptions options, string memoryPath, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A hostile guest is not started ahead.");

    private sealed class Machine(HostileGuest guest, IVirtualMachine machine) : IVirtualMachine
    {
        public int ProcessId => machine.ProcessId;

        public string Accelerator => machine.Accelerator;

        public string DiskPath => machine.DiskPath;

        public IGuestChannel Channel { get; } = new Answers(guest, machine.Channel);

        public MachineNetwork Network => machine.Network;

        public Task<VirtualMachineExit> Exited => machine.Exited;

        public Task<IsletException> Faulted => machine.Faulted;

        public IReadOnlyList<string> ReadConsoleTail(int lines) => machine.ReadConsoleTail(lines);

        public ValueTask PauseAsync(CancellationToken cancellationToken) => machine.PauseAsync(cancellationToken);

        public ValueTask ResumeAsync(CancellationToken cancellationToken) => machine.ResumeAsync(cancellationToken);

        public ValueTask<SavedMachine> SaveAsync(string statePath, string? memoryPath, CancellationToken cancellationToken) =>
            machine.SaveAsync(statePath, memoryPath, cancellationToken);

        public void Kill(IsletException? fault) => machine.Kill(fault);

        public ValueTask WaitForPowerOffAsync(TimeSpan gracePeriod, CancellationToken cancellationToken) =>
            machine.WaitForPowerOffAsync(gracePeriod, cancellationToken);

        public ValueTask DisposeAsync() => machine.DisposeAsync();
    }

    private sealed class Answers(HostileGuest guest, IGuestChannel channel) : IGuestChannel
    {
        public CallInvoker Calls { get; } = channel.Calls.Intercept(new Mangling(guest));

        public Task<Exception?> Closed => channel.Closed;

        public ValueTask DisposeAsync() => channel.DisposeAsync();
    }

    /// <summary>Has every answer read by a parser that is given mangled bytes.</summary>
    private sealed class Mangling(HostileGuest guest) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest,
                TResponse> continuation) =>
            continuation(request, Mangle(context));

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest,
                TResponse> continuation) =>
            continuation(Mangle(context));

        private ClientInterceptorContext<TRequest, TResponse> Mangle<TRequest, TResponse>(ClientInterceptorContext<TRequest,
            TResponse> context)
            where TRequest : class
            where TResponse : class
        {
            Method<TRequest, TResponse> method = context.Method;
            Marshaller<TResponse> honest = method.ResponseMarshaller;
            Marshaller<TResponse> mangled = Marshallers.Create(honest.ContextualSerializer, answer =>
                honest.ContextualDeserializer(MangleAnswer(answer)));
            return new(new Method<TRequest, TResponse>(method.Type, method.ServiceName, method.Name, method.RequestMarshaller, mangled),
                context.Host, context.Options);
        }

        private Bytes MangleAnswer(DeserializationContext answer)
        {
            byte[] bytes = answer.PayloadAsNewBuffer();
            int length = guest.Mangler is { } mangle ? mangle(bytes) : bytes.Length;
            return new Bytes(bytes.AsMemory(0, length));
        }
    }

    private sealed class Bytes(ReadOnlyMemory<byte> bytes) : DeserializationContext
    {
        public override int PayloadLength => bytes.Length;

        public override byte[] PayloadAsNewBuffer() => bytes.ToArray();

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(bytes);
    }
}
