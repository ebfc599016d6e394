using System.Runtime.InteropServices;

namespace Islet.Guest.Linux;

/// <summary>
/// Rules of the kernel's nf_tables for the frames that leave one link. They apply at the very last place: after routing, raw sockets,
/// packet sockets and devices on top of the link, to the frame as it is going to be sent. A frame that no rule accepts is dropped.
/// </summary>
/// <remarks>
/// A rule finds bytes by their offset in the frame. A rule that asks for bytes beyond the end of a frame does not apply to it.
/// </remarks>
internal sealed class PacketRules
{
    private const ushort BatchBegin = 0x10, BatchEnd = 0x11, NftSubsystem = 10;
    private const ushort NewTable = NftSubsystem << 8, DeleteTable = NewTable | 2, NewChain = NewTable | 3, NewRule = NewTable | 6;
    private const ushort Request = 1, Create = 0x400, Append = 0x800;
    private const byte NetdevFamily = 5;
    private const uint EgressHook = 1, Drop = 0, Accept = 1, LinkHeader = 0, VerdictRegister = 0, Register = 1, Equal = 0, NotEqual = 1;
    private const string Chain = "outside";

    private readonly NetlinkMessages _messages = new();
    private readonly string _table;
    private int _list, _element, _expression;

    /// <param name="link">The link, whose former rules end when these are installed.</param>
    public PacketRules(string link)
    {
        _table = "islet-" + link;
        _messages.BeginMessage(BatchBegin, Request, 0, NftSubsystem);
        _messages.EndMessage();

        // The table is created in case it does not exist, so that deleting it succeeds and removes all its rules.
        foreach (ushort type in new[] { NewTable, DeleteTable, NewTable })
        {
            _messages.BeginMessage(type, type == NewTable ? (ushort)(Request | Create) : Request, NetdevFamily);
            _messages.Add(1, _table);
            _messages.EndMessage();
        }

        _messages.BeginMessage(NewChain, Request | Create, NetdevFamily);
        _messages.Add(1, _table);
        _messages.Add(3, Chain);
        int hook = _messages.BeginNested(4);
        _messages.Add(1, EgressHook);
        _messages.Add(2, 0);
        _messages.Add(3, link);
        _messages.EndNested(hook);
        _messages.Add(5, Drop);
        _messages.Add(7, "filter");
        _messages.EndMessage();
    }

    /// <summary>Begins a rule, which <see cref="EndRule"/> ends.</summary>
    public PacketRules BeginRule()
    {
        _messages.BeginMessage(NewRule, Request | Create | Append, NetdevFamily);
        _messages.Add(1, _table);
        _messages.Add(2, Chain);
        _list = _messages.BeginNested(4);
        return this;
    }

    /// <summary>Limits the rule to frames that have these bytes at this offset.</summary>
    public PacketRules Is(uint offset, ReadOnlySpan<byte> value) => Load(offset, value.Length).Compare(Equal, value);

    /// <summary>Limits the rule to frames that have these bytes at this offset, comparing only the bits of the mask.</summary>
    public PacketRules Is(uint offset, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> value) =>
        Load(offset, value.Length).And(mask).Compare(Equal, value);

    /// <summary>Limits the rule to frames that have other bytes at this offset, comparing only the bits of the mask.</summary>
    public PacketRules IsNot(uint offset, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> value) =>
        Load(offset, value.Length).And(mask).Compare(NotEqual, value);

    /// <summary>Ends a rule and says whether the frames to which it applies are accepted.</summary>
    public void EndRule(bool accept)
    {
        Begin("immediate");
        _messages.Add(1, VerdictRegister);
        int data = _messages.BeginNested(2), verdict = _messages.BeginNested(2);
        _messages.Add(1, accept ? Accept : Drop);
        _messages.EndNested(verdict);
        _messages.EndNested(data);
        End();
        _messages.EndNested(_list);
        _messages.EndMessage();
    }

    /// <summary>Returns all messages as one transaction of the kernel, which applies all of them or none.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        // The message that ends the batch is not answered before Linux 6.8.
        _messages.AskForAnswer();
        _messages.BeginMessage(BatchEnd, Request, 0, NftSubsystem);
        _messages.EndMessage();
        return _messages.Bytes;
    }

    /// <summary>Replaces the existing rules with these.</summary>
    /// <exception cref="LinuxException">The kernel refuses the rules, or has no nf_tables.</exception>
    public void Install()
    {
        using Descriptor socket = Sockets.CreateNetfilter();
        int written = socket.Write(Finish());
        if (written < 0)
            throw new LinuxException(-written, "install the packet filter");

        // The kernel answers refused messages first; a batch that it accepts has one answer, for its last message.
        Span<byte> answer = stackalloc byte[4096];
        int length = socket.Read(answer);
        if (length < 20)
            throw new LinuxException(length < 0 ? -length : Errno.EIO, "install the packet filter");
        int error = -MemoryMarshal.Read<int>(answer[16..]);
        if (error != 0)
            throw new LinuxException(error, "install the packet filter");
    }

    private PacketRules Load(uint offset, int length)
    {
        Begin("payload");
        _messages.Add(1, Register);
        _messages.Add(2, LinkHeader);
        _messages.Add(3, offset);
        _messages.Add(4, (uint)length);
        End();
        return this;
    }

    private PacketRules And(ReadOnlySpan<byte> mask)
    {
        Begin("bitwise");
        _messages.Add(1, Register);
        _messages.Add(2, Register);
        _messages.Add(3, (uint)mask.Length);
        AddData(4, mask);
        Span<byte> nothing = stackalloc byte[mask.Length];
        nothing.Clear();
        AddData(5, nothing);
        End();
        return this;
    }

    private PacketRules Compare(uint operation, ReadOnlySpan<byte> value)
    {
        Begin("cmp");
        _messages.Add(1, Register);
        _messages.Add(2, operation);
        AddData(3, value);
        End();
        return this;
    }

    private void Begin(string expression)
    {
        _element = _messages.BeginNested(1);
        _messages.Add(1, expression);
        _expression = _messages.BeginNested(2);
    }

    private void End()
    {
        _messages.EndNested(_expression);
        _messages.EndNested(_element);
    }

    private void AddData(ushort type, ReadOnlySpan<byte> value)
    {
        int data = _messages.BeginNested(type);
        _messages.Add(1, value);
        _messages.EndNested(data);
    }
}
