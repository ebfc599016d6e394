using System.Buffers.Binary;
using Islet.Guest.Processes;

namespace Islet.Guest.Tests;

/// <summary>Runs the compiled programs on an interpreter of the few instructions that they use.</summary>
public sealed class SeccompProgramTests
{
    private const uint X64 = 0xC000003E, Arm64 = 0xC00000B7, I386 = 0x40000003;
    private const uint Allow = 0x7FFF0000, ReturnError = 0x00050000;

    [Fact]
    public void Compile_denies_the_listed_calls_with_the_error_and_allows_the_rest()
    {
        byte[] program = SeccompProgram.Compile(X64, [83, 258], error: 13);

        Assert.Equal(ReturnError | 13, Run(program, X64, 83));
        Assert.Equal(ReturnError | 13, Run(program, X64, 258));
        Assert.Equal(Allow, Run(program, X64, 0));
        Assert.Equal(Allow, Run(program, X64, 84));
    }

    [Fact]
    public void Compile_denies_every_call_of_another_architecture()
    {
        Assert.Equal(ReturnError | 1, Run(SeccompProgram.Compile(X64, [83], error: 1), I386, 39));
        Assert.Equal(ReturnError | 1, Run(SeccompProgram.Compile(Arm64, [83], error: 1), X64, 0));
    }

    [Fact]
    public void Compile_denies_the_x32_numbers_of_x64_only()
    {
        const uint X32Mkdir = 0x40000000 | 83;

        Assert.Equal(ReturnError | 1, Run(SeccompProgram.Compile(X64, [], error: 1), X64, X32Mkdir));
        Assert.Equal(Allow, Run(SeccompProgram.Compile(Arm64, [], error: 1), Arm64, X32Mkdir));
    }

    [Fact]
    public void Compile_takes_more_calls_than_a_jump_can_span()
    {
        byte[] program = SeccompProgram.Compile(X64, [.. Enumerable.Range(0, 600)], error: 1);

        Assert.Equal(ReturnError | 1, Run(program, X64, 0));
        Assert.Equal(ReturnError | 1, Run(program, X64, 599));
        Assert.Equal(Allow, Run(program, X64, 600));
    }

    private static uint Run(byte[] program, uint architecture, uint number)
    {
        uint accumulator = 0;
        for (int at = 0; ; at++)
        {
            ReadOnlySpan<byte> instruction = program.AsSpan(at * 8, 8);
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (BinaryPrimitives.ReadUInt16LittleEndian(instruction))
            {
                case 0x20:
                    accumulator = value == 0 ? number : value == 4 ? architecture : throw new InvalidOperationException("load");
                    break;
                case 0x15: at += accumulator == value ? instruction[2] : instruction[3]; break;
                case 0x35: at += accumulator >= value ? instruction[2] : instruction[3]; break;
                case 0x06: return value;
                default: throw new InvalidOperationException("code");
            }
        }
    }
}
