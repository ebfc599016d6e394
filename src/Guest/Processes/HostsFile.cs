using System.Text;

namespace Islet.Guest.Processes;

/// <summary>The file /etc/hosts; see hosts(5).</summary>
internal static class HostsFile
{
    /// <summary>The address of the container's name when the container has no address from the host.</summary>
    public const string OwnAddress = "127.0.1.1";

    /// <summary>Changes a name on the lines of one address, and leaves every other byte as it is.</summary>
    public static string Rename(string content, string address, string from, string to)
    {
        if (from.Length == 0)
            return content;
        var changed = new StringBuilder(content.Length + to.Length);
        int start = 0;
        while (start < content.Length)
        {
            int end = content.IndexOf('\n', start);
            end = end < 0 ? content.Length : end + 1;
            AppendLine(changed, content.AsSpan(start, end - start), address, from, to);
            start = end;
        }

        return changed.ToString();
    }

    private static void AppendLine(StringBuilder changed, ReadOnlySpan<char> line, string address, string from, string to)
    {
        bool isFirst = true, isOwn = false;
        while (!line.IsEmpty && line[0] != '#')
        {
            int length = IsBlank(line[0]) ? 1 : WordLength(line);
            ReadOnlySpan<char> part = line[..length];
            if (!IsBlank(part[0]) && isFirst)
            {
                isOwn = part.SequenceEqual(address);
                isFirst = false;
                changed.Append(part);
            }
            else
            {
                changed.Append(isOwn && part.SequenceEqual(from) ? to : part);
            }

            line = line[length..];
        }

        changed.Append(line);
    }

    private static int WordLength(ReadOnlySpan<char> line)
    {
        int length = 1;
        while (length < line.Length && !IsBlank(line[length]) && line[length] != '#')
            length++;
        return length;
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\n' or '\r';
}
