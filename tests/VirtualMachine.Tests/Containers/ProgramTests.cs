using System.Buffers.Binary;
using System.Globalization;
using Islet.VirtualMachine.Tests.Instant;

namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>Programs that need more of the guest's kernel than others.</summary>
public sealed class ProgramTests(IdleContainerFixture idle)
{
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_for_i386_runs()
    {
        Container container = await idle.GetAsync();
        await container.WriteFileAsync("/tmp/program32", ProgramForI386(exitCode: 42), Executable, cancellationToken: Cancelled);

        ExecResult result = await container.ExecAsync(["/tmp/program32"], cancellationToken: Cancelled);

        Assert.Equal(42, result.ExitCode);
    }

    /// <summary>
    /// The files that a JVM reads to size itself: a JDK before 17.0.16 gives up if a line of /proc/cgroups is missing or off, or if version
    /// 2 has no root for the process (<c>cgroupSubsystem_linux.cpp</c>).
    /// </summary>
    [Fact]
    public async Task A_jvm_finds_the_containers_limits()
    {
        MemorySize memory = MemorySize.FromMebibytes(512);
        await using Container container = await TestRuntime.Idle.WithMemory(memory).WithCpus(2).WithCpuLimit(0.5).StartTestAsync();

        var controllers = (await container.RunAsync("cat /proc/cgroups")).Split('\n').Where(line => line[0] != '#')
            .Select(line => line.Split('\t')).ToDictionary(fields => fields[0], fields => (Hierarchy: fields[1], Enabled: fields[3]));
        Assert.All(["cpu", "cpuacct", "cpuset", "memory"], name => Assert.Equal(("0", "1"), controllers[name]));
        Assert.Equal("0::/", await container.RunAsync("cat /proc/self/cgroup"));
        Assert.Equal("/ /sys/fs/cgroup cgroup2", await container.RunAsync(
            """awk '$5 ~ "cgroup" { for (i = 6; $i != "-"; i++); print $4, $5, $(i + 1) }' /proc/self/mountinfo"""));

        Assert.Equal("50000 100000", await container.RunAsync("cat /sys/fs/cgroup/cpu.max"));
        string limit = await container.RunAsync("cat /sys/fs/cgroup/memory.max");
        string total = await container.RunAsync("awk '/MemTotal/ { print $2 * 1024 }' /proc/meminfo");
        long found = long.Parse(limit == "max" ? total : limit, CultureInfo.InvariantCulture);
        Assert.InRange(found, memory.Bytes / 2, memory.Bytes);
    }

    // ELF32 with one segment: mov eax, 1 (exit); mov ebx, the code; int 0x80.
    private static byte[] ProgramForI386(byte exitCode)
    {
        const int headers = 52 + 32;
        const uint address = 0x08048000;
        byte[] code = [0xB8, 1, 0, 0, 0, 0xBB, exitCode, 0, 0, 0, 0xCD, 0x80];
        byte[] program = new byte[headers + code.Length];
        "\u007fELF\u0001\u0001\u0001"u8.CopyTo(program);
        Write(16, 2 | (3 << 16)); // a program, for i386
        Write(20, 1);
        Write(24, address + headers);
        Write(28, 52);
        Write(40, 52 | (32 << 16));
        Write(44, 1);
        Write(52, 1); // a segment to load
        Write(60, address);
        Write(64, address);
        Write(68, (uint)program.Length);
        Write(72, (uint)program.Length);
        Write(76, 5); // to read and to execute
        Write(80, 0x1000);
        code.CopyTo(program, headers);
        return program;

        void Write(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(program.AsSpan(offset), value);
    }
}
