namespace Coracle.Runtime;

/// <summary>Those items of all that the keeper holds which one answer has room for.</summary>
/// <param name="from">The first of them.</param>
internal sealed class ListPage(int from)
{
    /// <summary>Half of an answer: an item that begins before it has room.</summary>
    private const int PageBytes = KeeperProtocol.MostAnswerBytes / 2;

    private readonly RecordWriter _items = new();
    private int _at;
    private int _next = -1;

    public void Add(Tenant tenant)
    {
        if (Begin(KeeperItem.Tenant))
        {
            _items.Text(tenant.Id);
            _items.Flag(tenant.Process is not null);
            _items.Flag(tenant.Resolver is not null);
        }
    }

    public void Add(Tenant tenant, in PortHold port)
    {
        if (Begin(KeeperItem.Port))
        {
            _items.Text(tenant.Id);
            port.Encode(_items);
        }
    }

    public void AddTable(string key)
    {
        if (Begin(KeeperItem.Table))
        {
            _items.Text(key);
        }
    }

    public void Add(KeptDescriptors kept)
    {
        if (Begin(KeeperItem.Kept))
        {
            _items.Text(kept.Name);
            _items.Int32(kept.Count);
        }
    }

    public ReadOnlySpan<byte> Finish()
    {
        _items.Byte((byte)KeeperItem.End);
        _items.Int32(_next);
        return _items.Written;
    }

    private bool Begin(KeeperItem kind)
    {
        int index = _at++;
        if (index < from || _next >= 0)
        {
            return false;
        }

        if (_items.Written.Length > PageBytes)
        {
            _next = index;
            return false;
        }

        _items.Byte((byte)kind);
        return true;
    }
}
