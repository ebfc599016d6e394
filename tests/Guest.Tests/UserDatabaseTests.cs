using System.Text;
using Grpc.Core;
using Islet.Guest.Processes;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Tests;

public sealed class UserDatabaseTests
{
    private const string Passwd = """
        root:x:0:0:root:/root:/bin/sh
        # a comment
        short:x:5
        alice:x:1000:1001:Alice:/home/alice:/bin/sh
        big:x:4294967296:0::/:/bin/sh
        negative:x:-1:0::/:/bin/sh
        biggroup:x:7:4294967295::/:/bin/sh
        nohome:x:8:8::
        """;

    private const string Group = """
        root:x:0:
        alice:x:1001:
        staff:x:50:bob,alice
        broken:x
        audio:x:29:alice
        huge:x:99999999999:alice
        """;

    private static ProcessUser Resolve(string user, params string[] additional) =>
        new UserDatabase(Encoding.UTF8.GetBytes(Passwd), Encoding.UTF8.GetBytes(Group)).Resolve(user, additional);

    [Theory]
    [InlineData("", 0u, 0u)]
    [InlineData("root", 0u, 0u)]
    [InlineData("0", 0u, 0u)]
    [InlineData("alice", 1000u, 1001u)]
    [InlineData("1000", 1000u, 1001u)]
    [InlineData("alice:staff", 1000u, 50u)]
    [InlineData("alice:50", 1000u, 50u)]
    [InlineData("1000:7", 1000u, 7u)]
    [InlineData("4242", 4242u, 0u)]
    [InlineData("2147483647:2147483647", 2147483647u, 2147483647u)]
    [InlineData(":50", 0u, 50u)]
    public void Resolve_finds_user_and_group(string user, uint uid, uint gid)
    {
        ProcessUser resolved = Resolve(user);

        Assert.Equal((uid, gid), (resolved.User, resolved.Group));
    }

    [Fact]
    public void Resolve_adds_the_groups_that_list_the_user()
    {
        Assert.Equal([50u, 29u], Resolve("alice").Groups);
        Assert.Equal([50u, 29u], Resolve("1000").Groups);
    }

    [Fact]
    public void Resolve_with_an_explicit_group_adds_no_others()
    {
        Assert.Empty(Resolve("alice:staff").Groups);
    }

    [Fact]
    public void Resolve_adds_additional_groups_by_name_and_id_once()
    {
        Assert.Equal([50u, 29u, 12345u], Resolve("alice", "audio", "12345", "50").Groups);
    }

    [Theory]
    [InlineData("alice", "/home/alice")]
    [InlineData("4242", "/")]
    [InlineData("nohome", "/")]
    public void Resolve_takes_the_home_from_passwd(string user, string home)
    {
        Assert.Equal(home, Resolve(user).Home);
    }

    [Theory]
    [InlineData("bob", StatusCode.NotFound, "user \"bob\" is not in the image's /etc/passwd")]
    [InlineData("short", StatusCode.NotFound, "/etc/passwd")]
    [InlineData("alice:nogroup", StatusCode.NotFound, "group \"nogroup\" is not in the image's /etc/group")]
    [InlineData("alice:broken", StatusCode.NotFound, "/etc/group")]
    [InlineData("4294967296", StatusCode.InvalidArgument, "out of range")]
    [InlineData("4294967295", StatusCode.InvalidArgument, "out of range")]
    [InlineData("2147483648", StatusCode.InvalidArgument, "out of range")]
    [InlineData("99999999999999999999999999", StatusCode.InvalidArgument, "out of range")]
    [InlineData("0:4294967296", StatusCode.InvalidArgument, "out of range")]
    [InlineData("-1", StatusCode.InvalidArgument, "neither a name nor an id")]
    [InlineData("+0", StatusCode.InvalidArgument, "neither a name nor an id")]
    [InlineData("big", StatusCode.InvalidArgument, "no valid id")]
    [InlineData("negative", StatusCode.InvalidArgument, "no valid id")]
    [InlineData("biggroup", StatusCode.InvalidArgument, "no valid group id")]
    [InlineData("alice:huge", StatusCode.InvalidArgument, "no valid id")]
    public void Resolve_refuses_what_it_cannot_be_sure_of(string user, StatusCode code, string message)
    {
        GrpcException error = Assert.Throws<GrpcException>(() => Resolve(user));

        Assert.Equal(code, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_without_files_knows_ids_but_no_names()
    {
        var database = new UserDatabase(null, null);

        Assert.Equal(0u, database.Resolve("", []).User);
        Assert.Equal(7u, database.Resolve("7:8", []).User);
        Assert.Throws<GrpcException>(() => database.Resolve("root", []));
    }

    [Fact]
    public void Resolve_survives_bytes_that_are_no_text()
    {
        var noise = new byte[4096];
        new Random(1).NextBytes(noise);
        var database = new UserDatabase(noise, noise);

        Assert.Equal(5u, database.Resolve("5", []).User);
        Assert.Throws<GrpcException>(() => database.Resolve("alice", []));
    }

    [Fact]
    public void A_group_file_of_any_shape_takes_no_time_and_no_memory()
    {
        byte[] colons = Encoding.ASCII.GetBytes(new string(':', 4 << 20)), lines = Encoding.ASCII.GetBytes(new string('\n', 4 << 20));
        byte[] commas = Encoding.ASCII.GetBytes("g:x:5:" + new string(',', 4 << 20) + "alice");
        byte[] passwd = Encoding.ASCII.GetBytes("alice:x:1000:1001::/:/bin/sh");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Empty(new UserDatabase(passwd, colons).Resolve("alice", []).Groups);
        Assert.Empty(new UserDatabase(passwd, lines).Resolve("alice", []).Groups);
        Assert.Equal([5u], new UserDatabase(passwd, commas).Resolve("alice", []).Groups);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void More_groups_than_Linux_takes_are_refused_at_once()
    {
        var group = new StringBuilder();
        for (int i = 0; i < 200_000; i++)
            group.Append($"g{i}:x:{i}:alice\n");
        byte[] passwd = Encoding.ASCII.GetBytes("alice:x:1000:1001::/:/bin/sh");
        var error = Assert.Throws<GrpcException>(() => new UserDatabase(passwd, Encoding.ASCII.GetBytes(group.ToString())).Resolve("alice",
            []));
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
    }
}
