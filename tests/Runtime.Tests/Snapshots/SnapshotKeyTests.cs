using System.Text;
using Islet.Snapshots;

namespace Islet.Tests.Snapshots;

/// <summary>Keys of snapshots: equal states have equal keys, and different states have different keys.</summary>
public sealed class SnapshotKeyTests : IDisposable
{
    private readonly SnapshotWorkshop _workshop = new();

    private SnapshotKeyBuilder Key => _workshop.Store.NewKey();

    public void Dispose() => _workshop.Dispose();

    private static SnapshotKey WithSecret(SnapshotStore store, string value) =>
        store.NewKey().AddSecretMap("environment", new Dictionary<string, string> { ["PASSWORD"] = value }).Build();

    [Fact]
    public void The_order_of_parts_and_of_members_makes_no_difference()
    {
        SnapshotKey one = Key.Add("image", "x").AddMap("labels", new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" }).Build();
        SnapshotKey two = Key.AddMap("labels", new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" }).Add("image", "x").Build();
        Assert.Equal(one, two);
    }

    [Fact]
    public void The_order_of_a_list_does_make_a_difference() =>
        Assert.NotEqual(Key.AddList("command", ["a", "b"]).Build(), Key.AddList("command", ["b", "a"]).Build());

    [Fact]
    public void Parts_that_look_alike_when_they_are_joined_have_different_keys()
    {
        SnapshotKey[] keys =
        [
            Key.Build(),
            Key.Add("ab", "c").Build(),
            Key.Add("a", "bc").Build(),
            Key.Add("abc", "").Build(),
            Key.Add("a", "b").Add("c", "").Build(),
            Key.AddList("ab", ["c"]).Build(),
            Key.AddList("ab", ["c", ""]).Build(),
            Key.AddList("ab", []).Build(),
            Key.AddMap("ab", new Dictionary<string, string> { ["c"] = "" }).Build(),
            Key.AddMap("ab", new Dictionary<string, string> { [""] = "c" }).Build(),
            Key.AddMap("ab", new Dictionary<string, string>()).Build(),
            Key.AddSecretMap("ab", new Dictionary<string, string> { ["c"] = "" }).Build(),
            Key.AddSecretMap("ab", new Dictionary<string, string>()).Build(),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void A_part_given_twice_is_an_error() =>
        Assert.Throws<ArgumentException>(() => Key.Add("image", "x").AddList("image", ["y"]));

    [Fact]
    public void A_secret_gives_the_same_key_in_every_store_of_a_cache_and_another_in_another_cache()
    {
        using var elsewhere = new SnapshotWorkshop();
        SnapshotKey key = WithSecret(_workshop.Store, "hunter2");

        Assert.Equal(key, WithSecret(_workshop.NewStore(), "hunter2"));
        Assert.NotEqual(key, WithSecret(elsewhere.Store, "hunter2"));
        Assert.NotEqual(key, WithSecret(_workshop.Store, "hunter3"));
    }

    [Fact]
    public async Task A_secret_is_in_no_file_of_the_cache()
    {
        SnapshotKey key = WithSecret(_workshop.Store, "correct-horse-battery-staple");
        await _workshop.MakeAsync(new SnapshotName(SnapshotKind.Warm, key));

        foreach (string file in Directory.EnumerateFiles(_workshop.Cache, "*", SearchOption.AllDirectories))
        {
            string content = file + Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            Assert.DoesNotContain("battery-staple", content, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_cache_s_own_secret_is_for_its_owner_only_and_is_made_once()
    {
        SnapshotKey[] keys = new SnapshotKey[8];
        Parallel.For(0, keys.Length, i => keys[i] = WithSecret(_workshop.NewStore(), "b"));

        Assert.Single(keys.Distinct());
        string path = Path.Combine(_workshop.Cache, "snapshots", "secret.key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(32, new FileInfo(path).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("0123")]
    [InlineData("../../../../../../../../../../../../../../../../../../../../etc/x")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde/")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n")]
    public void Parse_anything_but_64_lower_case_hexadecimal_digits_is_refused(string text)
    {
        Assert.Throws<FormatException>(() => SnapshotKey.Parse(text));
        Assert.False(SnapshotName.TryParse("checkpoints/" + text, out _));
    }

    [Fact]
    public void A_name_is_read_back()
    {
        SnapshotName name = SnapshotWorkshop.NewName(SnapshotKind.Warm);
        Assert.True(SnapshotName.TryParse(name.ToString(), out SnapshotName? read));
        Assert.Equal(name, read);
        Assert.False(SnapshotName.TryParse("elsewhere/" + name.Key, out _));
    }
}
