namespace Aspire.Hosting.ApplicationModel;

/// <summary>A line of a resource's log; the first has number 1.</summary>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);
