using Islet.Protocol;
using Islet.VirtualMachines;

namespace Islet.VirtualMachine.Tests.Faults;

/// <summary>Changes bytes from a guest, in place.</summary>
/// <returns>The number of bytes that are left; 0 is the end of the stream.</returns>
internal delegate int Mangle(Span<byte> bytes);

/// <summary>
/// A backend whose machines are real until <see cref="Mangler"/> is set. From then on the host reads the mangler's output from each of
/// their streams, as if the guest had been taken over.
/// </summary>
internal sealed class HostileGuest(IVirtualMachineBackend real) : IVirtualMachineBackend
{
    /// <summary>Turns the bytes from a guest into nonsense. <see langword="null"/>: the guest is honest.</summary>
    public Mangle? Mangler { get; set; }

    public string Name => real.Name;

    public BackendSupport Support => real.Support;

    public string GetShape(VirtualMachineOptions options) => real.GetShape(options);

    public async ValueTask<IVirtualMachine> StartAsync(
        VirtualMachineOptions options, StartupTimeline timeline, CancellationToken cancellationToken) =>
        new Machine(this, await real.StartAsync(options, timeline, cancellationToken));

    public async ValueTask<IVirtualMachine> RestoreAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, StartupTimeline timeline,
        CancellationToken cancellationToken) =>
        new Machine(this, await real.RestoreAsync(options, saved, mode, timeline, cancellationToken));

    public ValueTask<IPreparedMachine> PrepareAsync(
        VirtualMachineOptions options, SavedMachine saved, RestoreMode mode, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A hostile guest has no pooled machines.");

    public ValueTask<IWaitingMachine> SpawnAsync(VirtualMachineOptions options, string memoryPath, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A hostile guest is not started ahead.");

    private sealed class Machine(HostileGuest guest, IVirtualMachine machine) : IVirtualMachine
    {
        public int ProcessId => machine.ProcessId;

        public string Accelerator => machine.Accelerator;

        public string DiskPath => machine.DiskPath;

        public IGuestChannel Channel { get; } = new Streams(guest, machine.Channel);

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

    private sealed class Streams(HostileGuest guest, IGuestChannel channel) : IGuestChannel
    {
        public Task<Exception?> Closed => channel.Closed;

        public async ValueTask<GuestStream> OpenStreamAsync(CancellationToken cancellationToken) =>
            new MangledStream(guest, await channel.OpenStreamAsync(cancellationToken));

        public ValueTask DisposeAsync() => channel.DisposeAsync();
    }

    private sealed class MangledStream(HostileGuest guest, GuestStream stream) : GuestStream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await stream.ReadAsync(buffer, cancellationToken);
            return guest.Mangler is { } mangle ? mangle(buffer.Span[..count]) : count;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = stream.Read(buffer, offset, count);
            return guest.Mangler is { } mangle ? mangle(buffer.AsSpan(offset, read)) : read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            stream.WriteAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);

        public override void Flush() => stream.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

        public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) =>
            stream.CompleteWritesAsync(cancellationToken);

        public override void Abort() => stream.Abort();

        public override async ValueTask DisposeAsync()
        {
            await stream.DisposeAsync();
            await base.DisposeAsync();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
