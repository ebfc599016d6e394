using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Faults;

/// <summary>A guest that answers nonsense causes typed errors in the host's calls, or wrong data, and nothing else.</summary>
public sealed class NonsenseTests
{
    // Not the time a call may take, but the time after which a test stops expecting it to end.
    private static readonly TimeSpan s_never = TimeSpan.FromSeconds(120);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public enum Nonsense
    {
        /// <summary>Every byte is replaced.</summary>
        Noise,

        /// <summary>One byte in forty has one bit flipped.</summary>
        Flips,

        /// <summary>Every byte is zero.</summary>
        Zeros,

        /// <summary>Every byte has all bits set: the largest lengths and numbers.</summary>
        Ones,

        /// <summary>Streams end early.</summary>
        Ends,
    }

    [Theory]
    [InlineData(Nonsense.Noise)]
    [InlineData(Nonsense.Flips)]
    [InlineData(Nonsense.Zeros)]
    [InlineData(Nonsense.Ones)]
    [InlineData(Nonsense.Ends)]
    public async Task Every_call_ends_with_an_answer_or_a_typed_error(Nonsense nonsense)
    {
        TestRuntime.RequireMachines();
        if (nonsense is not (Nonsense.Flips or Nonsense.Ends))
            SlowLane.Require();
        int rounds = SlowLane.IsOn ? 5 : 1;
        for (int seed = 1; seed <= rounds; seed++)
        {
            var guest = new HostileGuest(new QemuBackend());
            await using var runtime = new ContainerRuntime(new IsletOptions { PrepareTemplates = false, PrestartQemu = false })
            {
                Engine = { Backend = guest },
            };
            await using Container container = await TestRuntime.Idle.WithOpenStdin().StartAsync(runtime, Cancelled);
            guest.Mangler = Create(nonsense, seed);
            foreach ((string name, Func<Container, CancellationToken, Task> operation) in Operations.All)
            {
                using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
                Task call = operation(container, cancel.Token);

                // The answer may have turned into one that never comes: then the caller's token ends the call.
                await Task.WhenAny(call, Task.Delay(TimeSpan.FromSeconds(1), Cancelled));
                await cancel.CancelAsync();
                Exception? error = await Record.ExceptionAsync(() => call.WaitAsync(s_never, Cancelled));
                Assert.True(
                    error is null or OperationCanceledException || StartFailures.IsTyped(error), $"{nonsense} {seed}, {name}: {error}");
                Assert.True(
                    error is null || error.Message.Length < 16_384,
                    $"{nonsense} {seed}, {name}: the message has {error?.Message.Length} characters.");
            }

            await container.StopAsync(TimeSpan.FromMilliseconds(100), cancellationToken: Cancelled).WaitAsync(s_never, Cancelled);
        }
    }

    private static Mangle Create(Nonsense nonsense, int seed)
    {
        var random = new Random(seed);
        return bytes =>
        {
            // Several streams are mangled at the same time.
            lock (random)
                return MangleBytes(nonsense, bytes, random);
        };
    }

    // Returns the number of bytes to pass on; 0 ends the stream.
    private static int MangleBytes(Nonsense nonsense, Span<byte> bytes, Random random)
    {
        switch (nonsense)
        {
            case Nonsense.Noise:
                random.NextBytes(bytes);
                break;
            case Nonsense.Flips:
                foreach (ref byte value in bytes)
                    value ^= random.Next(40) == 0 ? (byte)(1 << random.Next(8)) : (byte)0;
                break;
            case Nonsense.Zeros:
                bytes.Clear();
                break;
            case Nonsense.Ones:
                bytes.Fill(0xFF);
                break;
            default:
                return random.Next(4) == 0 ? 0 : bytes.Length;
        }

        return bytes.Length;
    }
}
