using System.Globalization;
using System.Text;

namespace Islet.VirtualMachine.Tests.Agent;

/// <summary>The numbers from 1 on, one per line, as a process writes them: a missing or additional byte is noticed.</summary>
internal sealed class NumberedLines
{
    private readonly MemoryStream _received = new();

    public int Length => (int)_received.Length;

    /// <summary>Returns a copy that continues where this one has stopped.</summary>
    public NumberedLines Copy()
    {
        var copy = new NumberedLines();
        _received.WriteTo(copy._received);
        return copy;
    }

    /// <summary>Reads at least the given number of bytes.</summary>
    public async Task ReadAsync(GuestStream output, int atLeast)
    {
        int wanted = Length + atLeast;
        byte[] buffer = new byte[16 * 1024];
        while (Length < wanted)
        {
            int count = await output.ReadAsync(buffer, TestContext.Current.CancellationToken);
            Assert.NotEqual(0, count);
            _received.Write(buffer, 0, count);
        }
    }

    public Task ReadToEndAsync(GuestStream output) => output.CopyToAsync(_received, TestContext.Current.CancellationToken);

    public void AssertGapless()
    {
        var expected = new StringBuilder();
        for (int number = 1; expected.Length < Length; number++)
            expected.Append(CultureInfo.InvariantCulture, $"{number}\n");
        Assert.Equal(expected.ToString(0, Length), Encoding.ASCII.GetString(_received.GetBuffer(), 0, Length));
    }
}
