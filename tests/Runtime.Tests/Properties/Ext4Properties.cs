using CsCheck;
using Islet.Tests.Disks;

namespace Islet.Tests.Properties;

/// <summary>
/// Layers of any entries: a reader of its own finds on the disk what the reference model says, and e2fsck reports no error.
/// </summary>
public sealed class Ext4Properties
{
    // Few names, so that entries often meet, and one of bytes that are no text.
    private static readonly Gen<string> s_path =
        Gen.OneOf("a", "b", "c", "\u00FF\u0080", new string('n', 255)).Array[1, 4].Select(names => string.Join('/', names));

    private static readonly Gen<byte[]> s_content = Gen.OneOf(
        Gen.Byte.Array[0, 64], Gen.OneOf(4095, 4096, 4097, 65_536, 300_000)
            .SelectMany(length => Gen.Byte.Select(value => Enumerable.Repeat(value, length).ToArray())));

    private static readonly Gen<Change> s_change = Gen.Select(
        Gen.OneOf('0', '0', '0', '1', '2', '5', '5', '6'), s_path, s_path, s_content, Gen.Int[0, 0xFFF], Gen.UInt,
        Gen.Long[-1L << 31, 1L << 33],
        (type, path, target, content, mode, owner, time) => new Change(type, path)
        {
            Mode = mode,
            Uid = owner,
            Mtime = time,
            Content = type == '0' ? content : [],
            Target = type is '1' or '2' ? target : "",
        });

    [Fact]
    public void A_layer_is_on_the_disk_as_the_model_has_it() => s_change.Array[0, 40].Sample(
        changes =>
        {
            var model = new ReferenceModel();
            var layer = new LayerArchive();
            foreach (Change change in changes.Where(model.TryAdd))
            {
                layer.Entry(
                    change.Type, change.Path, change.Content, change.Target, change.Mode, change.Uid, mtime: change.Mtime);
            }

            using BuiltRootfs rootfs = BuiltRootfs.From(layer.End());
            rootfs.AssertClean();
            using var reader = new Ext4Reader(rootfs.Path);
            SortedDictionary<string, Ext4File> tree = reader.ReadTree();
            Assert.Equal(model.Paths.Keys, tree.Keys);
            foreach ((string path, ModelNode node) in model.Paths.Where(entry => entry.Key.Length > 0))
            {
                Change change = node.Change;
                Ext4File file = tree[path];
                Assert.Equal((change.Mode, change.Uid, change.Mtime), (file.Mode & 0xFFF, file.Uid, file.Modified.Seconds));
                if (change.Type == '2')
                    Assert.Equal(change.Target, file.Target);
                if (change.Type == '0')
                    Assert.Equal(change.Content, reader.ReadContent(file));
            }
        },
        iter: 60, threads: 1, print: changes => string.Join('\n', changes.Select(change => change.ToString())));
}
