using Grpc.Core;
using Islet.Guest.Network;
using Islet.Guest.Processes;
using Islet.Protocol.Agent;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Tests;

/// <summary>Names and numbers as users write them, and as the kernel counts them.</summary>
public sealed class NamesTests
{
    [Fact]
    public void CapabilitySet_gives_each_name_its_bit()
    {
        Assert.Equal(1UL, CapabilitySet.Parse(["CAP_CHOWN"]));
        Assert.Equal(1UL << 21 | 1UL << 40, CapabilitySet.Parse(["SYS_ADMIN", "CAP_CHECKPOINT_RESTORE"]));
        Assert.Throws<GrpcException>(() => CapabilitySet.Parse(["CAP_FLY"]));
    }

    [Fact]
    public void ResourceLimits_gives_each_name_its_number()
    {
        List<Linux.ResourceLimit> limits = ResourceLimits.WithDefaults([new Rlimit { Type = "RLIMIT_NOFILE", Soft = 1,
            Hard = ulong.MaxValue }]);

        Assert.Equal(new Linux.ResourceLimit(7, 1, ulong.MaxValue), Assert.Single(limits, limit => limit.Resource == 7));
    }

    [Fact]
    public void ResourceLimits_are_dockers_where_nothing_else_is_said() => Assert.Equal(
        [new Linux.ResourceLimit(7, 1024, 524288), new Linux.ResourceLimit(6, ulong.MaxValue, ulong.MaxValue)],
            ResourceLimits.WithDefaults([]));

    [Theory]
    [InlineData("RLIMIT_FUN", 1ul, 2ul)]
    [InlineData("RLIMIT_CORE", 3ul, 2ul)]
    public void ResourceLimits_refuses_what_the_kernel_would(string type, ulong soft, ulong hard)
    {
        Assert.Throws<GrpcException>(() => ResourceLimits.WithDefaults([new Rlimit { Type = type, Soft = soft, Hard = hard }]));
    }

    [Theory]
    [InlineData("10.0.2.15/24", 0x0A00020Fu, 24)]
    [InlineData("10.0.2.2", 0x0A000202u, 32)]
    [InlineData("0.0.0.0/0", 0u, 0)]
    public void AddressRange_reads_what_CIDR_writes(string text, uint address, int prefix)
    {
        Assert.Equal(new AddressRange(address, prefix), AddressRange.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.2.15/33")]
    [InlineData("10.0.2.15/-1")]
    [InlineData("fe80::1/64")]
    [InlineData("host")]
    [InlineData("10.0.2")]
    [InlineData("10.0.2.15.1")]
    [InlineData("10.0.2.256")]
    [InlineData("10..2.15")]
    [InlineData("10.0.2.15/")]
    [InlineData("10.0.2.15 ")]
    public void AddressRange_refuses_what_is_none(string text)
    {
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<GrpcException>(() => AddressRange.Parse(text)).Code);
    }

    [Theory]
    [InlineData("oom 3\noom_kill 2\noom_group_kill 9\n", "oom_kill", 2ul)]
    [InlineData("254:0 rbytes=10 wbytes=20 rios=1\n254:1 rbytes=5 wbytes=1\n", "rbytes", 15ul)]
    [InlineData("", "oom_kill", 0ul)]
    [InlineData("oom_kill", "oom_kill", 0ul)]
    public void ControlGroup_sums_what_follows_a_key(string content, string key, ulong sum)
    {
        Assert.Equal(sum, ControlGroup.Sum(content, key));
    }
}
