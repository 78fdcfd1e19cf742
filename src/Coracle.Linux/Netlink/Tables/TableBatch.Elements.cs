namespace Coracle.Linux;

public sealed partial class TableBatch
{
    /// <summary>Bytes in one list of elements, well below the 64 KiB that an attribute holds.</summary>
    private const int MostInList = 48 * 1024;

    private string _openSet = "";
    private int _openType;
    private int _openList;

    /// <summary>To a set. No failure when it is there already.</summary>
    public void AddElement(string set, ReadOnlySpan<byte> key)
    {
        int element = BeginElement(Abi.NFT_MSG_NEWSETELEM, set, key);
        _writer.End(element);
    }

    /// <summary>To a map. EEXIST when the key is there and gives something else.</summary>
    public void AddElement(string map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        int element = BeginElement(Abi.NFT_MSG_NEWSETELEM, map, key);
        RuleWriter.Data(_writer, Abi.NFTA_SET_ELEM_DATA, data);
        _writer.End(element);
    }

    /// <summary>To a map of verdicts.</summary>
    public void AddElement(string map, ReadOnlySpan<byte> key, Verdict verdict)
    {
        int element = BeginElement(Abi.NFT_MSG_NEWSETELEM, map, key);
        RuleWriter.Data(_writer, Abi.NFTA_SET_ELEM_DATA, verdict);
        _writer.End(element);
    }

    /// <summary>ENOENT when it is not there.</summary>
    public void RemoveElement(string set, ReadOnlySpan<byte> key)
    {
        int element = BeginElement(Abi.NFT_MSG_DELSETELEM, set, key);
        _writer.End(element);
    }

    private int BeginElement(int type, string set, ReadOnlySpan<byte> key)
    {
        if (_openType != type || _openSet != set || _writer.LengthOf(_openList) > MostInList)
        {
            Begin(type, type == Abi.NFT_MSG_NEWSETELEM ? NetlinkFlags.Create : NetlinkFlags.None);
            _writer.Text(Abi.NFTA_SET_ELEM_LIST_TABLE, _table);
            _writer.Text(Abi.NFTA_SET_ELEM_LIST_SET, set);
            _openList = _writer.Nest(Abi.NFTA_SET_ELEM_LIST_ELEMENTS, marked: true);
            (_openType, _openSet) = (type, set);
        }

        int element = _writer.Nest(Abi.NFTA_LIST_ELEM, marked: true);
        RuleWriter.Data(_writer, Abi.NFTA_SET_ELEM_KEY, key);
        return element;
    }

    private void CloseElements()
    {
        if (_openType != 0)
        {
            _writer.End(_openList);
            (_openType, _openSet) = (0, "");
        }
    }
}
