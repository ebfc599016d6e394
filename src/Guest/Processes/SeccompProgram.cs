using System.Buffers.Binary;

namespace Islet.Guest.Processes;

/// <summary>Compiles a list of denied system calls to a classic BPF program (seccomp(2), "Filters").</summary>
internal static class SeccompProgram
{
    private const ushort LoadWord = 0x20, JumpIfEqual = 0x15, JumpIfAtLeast = 0x35, Return = 0x06;
    private const uint Allow = 0x7FFF0000, ReturnError = 0x00050000;
    private const uint NumberOffset = 0, ArchitectureOffset = 4; // of struct seccomp_data
    private const uint AuditX64 = 0xC000003E, X32Bit = 0x40000000;

    /// <param name="architecture">AUDIT_ARCH_* of the machine; calls by any other convention are always denied.</param>
    /// <param name="denied">The numbers of the denied calls.</param>
    /// <param name="error">The error number that a denied call returns.</param>
    /// <returns>An array of struct sock_filter.</returns>
    public static byte[] Compile(uint architecture, IReadOnlyList<int> denied, uint error)
    {
        uint deny = ReturnError | (error & 0xFFFF);
        var program = new List<(ushort Code, byte IfTrue, byte IfFalse, uint Value)>
        {
            (LoadWord, 0, 0, ArchitectureOffset),
            (JumpIfEqual, 1, 0, architecture),
            (Return, 0, 0, deny),
            (LoadWord, 0, 0, NumberOffset),
        };

        // The x32 convention has the same architecture but other numbers: it would bypass every comparison below.
        if (architecture == AuditX64)
        {
            program.Add((JumpIfAtLeast, 0, 1, X32Bit));
            program.Add((Return, 0, 0, deny));
        }

        foreach (int number in denied)
        {
            program.Add((JumpIfEqual, 0, 1, (uint)number));
            program.Add((Return, 0, 0, deny));
        }

        program.Add((Return, 0, 0, Allow));
        return Encode(program);
    }

    private static byte[] Encode(List<(ushort Code, byte IfTrue, byte IfFalse, uint Value)> program)
    {
        var bytes = new byte[program.Count * 8];
        for (int i = 0; i < program.Count; i++)
        {
            Span<byte> instruction = bytes.AsSpan(i * 8, 8);
            BinaryPrimitives.WriteUInt16LittleEndian(instruction, program[i].Code);
            instruction[2] = program[i].IfTrue;
            instruction[3] = program[i].IfFalse;
            BinaryPrimitives.WriteUInt32LittleEndian(instruction[4..], program[i].Value);
        }

        return bytes;
    }
}
