using System.Text;

namespace Islet.Tests.Disks;

/// <summary>Random stacks of layers: the files read back equal the reference model, and e2fsck reports no error.</summary>
public sealed class RandomLayersTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 30)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_is_read_back_equals_the_reference_model(int seed)
    {
        var generator = new LayerGenerator(seed);
        LayerArchive[] layers = [.. Enumerable.Range(0, 2 + (seed % 5)).Select(_ => generator.Next())];
        TestContext.Current.SendDiagnosticMessage($"Seed {seed}:\n{generator}");
        using BuiltRootfs rootfs = BuiltRootfs.From(layers);

        rootfs.AssertClean();
        using var reader = new Ext4Reader(rootfs.Path);
        SortedDictionary<string, Ext4File> tree = reader.ReadTree();
        Assert.True(
            generator.Model.Paths.Keys.SequenceEqual(tree.Keys),
            $"Seed {seed}: only in the model: {string.Join(", ", generator.Model.Paths.Keys.Except(tree.Keys))}; "
            + $"only on the disk: {string.Join(", ", tree.Keys.Except(generator.Model.Paths.Keys))}\n{generator}");
        foreach ((string path, ModelNode node) in generator.Model.Paths)
        {
            (string expected, string actual) = (Describe(path, node, generator.Model), Describe(tree[path], tree));
            Assert.True(expected == actual, $"Seed {seed}, {path}: expected {expected}, found {actual}\n{generator}");
            if (node.Change.Type == '0')
                Assert.True(
                    node.Change.Content.AsSpan().SequenceEqual(reader.ReadContent(tree[path])), $"Seed {seed}, {path}: wrong content");
        }
    }

    private static string Describe(string path, ModelNode node, ReferenceModel model)
    {
        Change change = node.Change;
        string names = string.Join(
            '|', node.IsDirectory ? [path] : model.Paths.Where(other => ReferenceEquals(other.Value, node)).Select(other => other.Key));
        string prefix = path.Length == 0 ? "" : path + "/";
        int links = node.IsDirectory
            ? 2 + model.Paths.Count(other => other.Key.Length > prefix.Length && other.Value.IsDirectory
                && other.Key.StartsWith(prefix, StringComparison.Ordinal) && !other.Key[prefix.Length..].Contains('/'))
            : names.Split('|').Length;
        int kind = change.Type switch { '0' => 8, '2' => 10, '3' => 2, '4' => 6, '5' => 4, _ => 1 };
        string target = change.Type == '2' ? change.Target : "";
        return $"{kind} {change.Mode} {change.Uid} {change.Mtime} {links} {names} {target} {Text(change.Attribute)}";
    }

    private static string Describe(Ext4File file, SortedDictionary<string, Ext4File> tree)
    {
        IEnumerable<string> names = tree.Where(other => other.Value.Inode == file.Inode).Select(other => other.Key);
        return $"{file.Mode >> 12} {file.Mode & 0xFFF} {file.Uid} {file.Modified.Seconds} {file.Links} {string.Join('|', names)} "
            + $"{file.Target} "
            + Text(file.Attributes.GetValueOrDefault("user.test"));
    }

    private static string Text(byte[]? bytes) => bytes is null ? "-" : Convert.ToHexString(bytes);

    /// <summary>Generates layers with few different names, so that they often collide, and applies them to the model too.</summary>
    private sealed class LayerGenerator(int seed)
    {
        private static readonly string[] s_names = ["a", "b", "c", "d", "e", new string('n', 120)];

        private readonly Random _random = new(seed);
        private readonly StringBuilder _history = new();
        private HashSet<string> _hidden = [];

        public ReferenceModel Model { get; } = new();

        public override string ToString() => _history.ToString();

        public LayerArchive Next()
        {
            _hidden = [];
            List<Change> whiteouts = Hide();
            bool whiteoutsFirst = _random.Next(2) == 0;
            HashSet<string> lower = [.. Model.Paths.Keys];
            List<Change> changes = [];
            for (int i = _random.Next(60); i >= 0; i--)
                Add(changes, lower, whiteoutsFirst);

            // A whiteout has the same effect anywhere in its layer.
            foreach (Change whiteout in whiteouts)
                changes.Insert(whiteoutsFirst ? 0 : _random.Next(changes.Count + 1), whiteout);

            var archive = new LayerArchive();
            _history.AppendLine("layer:");
            foreach (Change change in changes)
            {
                _history.AppendLine(change.ToString());
                if (change.Attribute is not null)
                    archive.Pax("SCHILY.xattr.user.test", change.Attribute);
                archive.Entry(
                    change.Type, change.Path, change.Content, change.Type is '1' or '2' ? change.Target : "",
                    change.Mode, change.Uid, mtime: change.Mtime, major: change.Type is '3' or '4' ? 1u : 0, minor: 7);
            }

            return _random.Next(2) == 0 ? archive.End() : archive;
        }

        private List<Change> Hide()
        {
            List<Change> whiteouts = [];
            string[] existing = [.. Model.Paths.Keys.Where(path => path.Length > 0)];
            for (int i = existing.Length == 0 ? 0 : _random.Next(5); i > 0; i--)
            {
                string path = existing[_random.Next(existing.Length)];
                if (!Model.Paths.TryGetValue(path, out ModelNode? node))
                    continue;

                bool opaque = node.IsDirectory && _random.Next(2) == 0;
                int slash = path.LastIndexOf('/');
                if (opaque)
                    Model.HideContent(path);
                else
                    Model.Hide(path);
                whiteouts.Add(new Change('0', opaque ? path + "/.wh..wh..opq" : $"{path[..(slash + 1)]}.wh.{path[(slash + 1)..]}"));
                _hidden.Add(path);
            }

            return whiteouts;
        }

        private void Add(List<Change> changes, HashSet<string> lower, bool whiteoutsFirst)
        {
            Change change = RandomChange();
            // Where whiteouts come later, a new link on their path (symbolic, or hard to a symbolic one) would redirect them, and an old
            // link that they hide still leads somewhere: in these cases the order matters.
            if (change.Type is '1' or '2' && !whiteoutsFirst
                && (lower.Contains(change.Path)
                    || _hidden.Any(path => path == change.Path || path.StartsWith(change.Path + "/", StringComparison.Ordinal))))
            {
                return;
            }

            // A path can't pass through directories that an opaque marker hides: they are added again.
            string? real = Model.Resolve(change.Path);
            if (real is null || (!whiteoutsFirst && real != change.Path))
                return;
            for (int slash = real.IndexOf('/'); slash > 0; slash = real.IndexOf('/', slash + 1))
            {
                if (!Model.Paths.ContainsKey(real[..slash]) && (_hidden.Count > 0 || _random.Next(2) == 0))
                    AddTo(changes, Describe(new Change('5', real[..slash])));
            }

            AddTo(changes, change);
        }

        private void AddTo(List<Change> changes, Change change)
        {
            if (Model.TryAdd(change))
                changes.Add(change);
        }

        private Change RandomChange()
        {
            string path = RandomPath();
            return _random.Next(16) switch
            {
                < 7 => Describe(new Change('0', path) { Content = RandomContent() }),
                < 11 => Describe(new Change('5', path)),
                < 13 => Describe(new Change('2', path) { Target = RandomTarget() }),
                < 15 when Model.Paths.Where(other => other.Value.Change.Type != '5')
                    .Select(other => other.Key).ToArray() is { Length: > 0 } files =>
                    new Change('1', path) { Target = files[_random.Next(files.Length)] },
                _ => Describe(new Change("346"[_random.Next(3)], path)),
            };
        }

        private Change Describe(Change change) => change with
        {
            Mode = _random.Next(0x1000),
            Uid = (uint)_random.NextInt64(uint.MaxValue),
            Mtime = _random.NextInt64(-1L << 31, 1L << 33),
            Attribute = _random.Next(4) == 0 ? RandomBytes(1 + _random.Next(200)) : null,
        };

        private string RandomPath() =>
            string.Join('/', Enumerable.Range(0, 1 + _random.Next(4)).Select(_ => s_names[_random.Next(s_names.Length)]));

        private string RandomTarget() => _random.Next(4) switch
        {
            0 => "/" + RandomPath(),
            1 => "../" + RandomPath(),
            2 => RandomPath() + "/..",
            _ => RandomPath(),
        };

        private byte[] RandomContent()
        {
            // Lengths around the block size and around the pieces in which zeros are searched for, and runs of zeros.
            int[] lengths = [0, 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 200_000, _random.Next(400_000)];
            byte[] content = RandomBytes(lengths[_random.Next(lengths.Length)]);
            for (int i = _random.Next(3); i > 0 && content.Length > 0; i--)
            {
                int start = _random.Next(content.Length);
                content.AsSpan(start, _random.Next(content.Length - start)).Clear();
            }

            return content;
        }

        private byte[] RandomBytes(int length)
        {
            byte[] bytes = new byte[length];
            _random.NextBytes(bytes);
            return bytes;
        }
    }
}
