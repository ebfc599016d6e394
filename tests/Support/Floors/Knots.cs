namespace Islet.Testing.Support;

/// <summary>Finds knots: groups of types that use one another in a circle, so that none of them can be read alone.</summary>
internal sealed class Knots
{
    private readonly ILookup<string, string> _uses;
    private readonly Dictionary<string, int> _number = [];
    private readonly Dictionary<string, int> _lowest = [];
    private readonly Stack<string> _path = new();
    private readonly List<IReadOnlyList<string>> _found = [];

    private Knots(IEnumerable<Arrow> arrows) =>
        _uses = arrows.Select(arrow => (arrow.From, arrow.To)).Distinct().ToLookup(arrow => arrow.From, arrow => arrow.To);

    /// <summary>Returns the knots, each with the names of its types in order.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> In(IReadOnlyCollection<Arrow> arrows)
    {
        var knots = new Knots(arrows);
        foreach (string type in arrows.Select(arrow => arrow.From).Distinct())
        {
            if (!knots._number.ContainsKey(type))
                knots.Visit(type);
        }

        return knots._found;
    }

    // Tarjan's algorithm for strongly connected components.
    private void Visit(string type)
    {
        _number[type] = _lowest[type] = _number.Count;
        _path.Push(type);
        foreach (string used in _uses[type])
        {
            if (!_number.TryGetValue(used, out int number))
            {
                Visit(used);
                _lowest[type] = Math.Min(_lowest[type], _lowest[used]);
            }
            else if (_path.Contains(used))
            {
                _lowest[type] = Math.Min(_lowest[type], number);
            }
        }

        if (_lowest[type] != _number[type])
            return;

        var members = new List<string>();
        do
            members.Add(_path.Pop());
        while (members[^1] != type);
        if (members.Count > 1)
            _found.Add([.. members.Order(StringComparer.Ordinal)]);
    }
}
