using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Islet.Snapshots;

/// <summary>
/// Makes a key from everything that determines a state. The parts have names. The order in which they, or the members of a map, are
/// added makes no difference. Two different sets of parts never give the same bytes, since each text is hashed with its length.
/// </summary>
internal sealed class SnapshotKeyBuilder
{
    // Increase the number with every change to what is hashed.
    private const string Domain = "islet snapshot key 1";

    private readonly SortedDictionary<string, byte[]> _parts = new(StringComparer.Ordinal);
    private readonly SnapshotSecret _secret;

    /// <summary>Begins a key without parts.</summary>
    /// <param name="secret">The key with which secrets are hashed.</param>
    public SnapshotKeyBuilder(SnapshotSecret secret) => _secret = secret;

    /// <summary>Adds a text.</summary>
    /// <exception cref="ArgumentException">There is a part of this name.</exception>
    public SnapshotKeyBuilder Add(string name, string value) => AddPart(name, PartType.Text, writer => writer.Text(value));

    /// <summary>Adds texts whose order matters: arguments.</summary>
    /// <exception cref="ArgumentException">There is a part of this name.</exception>
    public SnapshotKeyBuilder AddList(string name, IReadOnlyCollection<string> values) => AddPart(name, PartType.List, writer =>
    {
        writer.Count(values.Count);
        foreach (string value in values)
            writer.Text(value);
    });

    /// <summary>Adds a map, whose order does not matter: labels.</summary>
    /// <exception cref="ArgumentException">There is a part of this name.</exception>
    public SnapshotKeyBuilder AddMap(string name, IReadOnlyDictionary<string, string> values) => AddPart(name, PartType.Map, writer =>
    {
        writer.Count(values.Count);
        foreach ((string key, string value) in values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.Text(key);
            writer.Text(value);
        }
    });

    /// <summary>
    /// Adds a map whose values are secrets: an environment. Each is added as a keyed hash only. Without the <see cref="SnapshotSecret"/>,
    /// it can't be found by trying.
    /// </summary>
    /// <exception cref="ArgumentException">There is a part of this name.</exception>
    public SnapshotKeyBuilder AddSecretMap(string name, IReadOnlyDictionary<string, string> values) =>
        AddPart(name, PartType.SecretMap, writer =>
        {
            writer.Count(values.Count);
            foreach ((string key, string value) in values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                writer.Text(key);
                writer.Bytes(_secret.Hash(key, value));
            }
        });

    /// <summary>Returns the key of the parts that were added so far.</summary>
    public SnapshotKey Build()
    {
        var writer = new PartWriter();
        writer.Text(Domain);
        foreach ((string name, byte[] part) in _parts)
        {
            writer.Text(name);
            writer.Bytes(part);
        }

        return SnapshotKey.FromHash(SHA256.HashData(writer.ToArray()));
    }

    private SnapshotKeyBuilder AddPart(string name, PartType type, Action<PartWriter> write)
    {
        var writer = new PartWriter();
        writer.Count((int)type);
        write(writer);
        if (!_parts.TryAdd(name, writer.ToArray()))
            throw new ArgumentException($"The key has a part named {name} already.", nameof(name));
        return this;
    }

    // The numbers are hashed, so they never change: a new type gets a new number. 2 and 5 were used.
    private enum PartType
    {
        Text = 1,
        List = 3,
        Map = 4,
        SecretMap = 6,
    }

    private sealed class PartWriter
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public void Count(int count)
        {
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, count);
            _bytes.Write(number);
        }

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            Count(bytes.Length);
            _bytes.Write(bytes);
        }

        public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

        public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
    }
}
