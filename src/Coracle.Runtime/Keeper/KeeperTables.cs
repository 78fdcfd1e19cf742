using Coracle.Dns;

namespace Coracle.Runtime;

/// <summary>The name tables of networks, by key; and who is told when one is replaced.</summary>
internal sealed class KeeperTables(KeeperLoop loop)
{
    private readonly List<Entry> _all = [];

    public int Count => _all.Count;

    public string Key(int index) => _all[index].Key;

    public void Put(string key, NameTable table)
    {
        if (Find(key) is { } entry)
        {
            entry.Table = table;
        }
        else
        {
            _all.Add(new Entry(key) { Table = table });
        }

        Tell(key, table);
    }

    /// <summary>Whoever used it finds nothing in it any more.</summary>
    public void Forget(string key)
    {
        if (Find(key) is { } entry)
        {
            _ = _all.Remove(entry);
            Tell(key, NameTable.Empty);
        }
    }

    /// <summary>Those without a key here are empty until they come.</summary>
    public NameTable[] Of(string[] keys)
    {
        var tables = new NameTable[keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            tables[i] = Find(keys[i])?.Table ?? NameTable.Empty;
        }

        return tables;
    }

    /// <summary>Those that nobody uses: of networks whose last container has gone.</summary>
    public void Sweep()
    {
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            bool used = false;
            for (int j = 0; j < loop.TenantCount && !used; j++)
            {
                used = loop.TenantAt(j).Resolver?.Uses(_all[i].Key) == true;
            }

            if (!used)
            {
                _all.RemoveAt(i);
            }
        }
    }

    private void Tell(string key, NameTable table)
    {
        for (int i = 0; i < loop.TenantCount; i++)
        {
            loop.TenantAt(i).Resolver?.Replace(key, table);
        }
    }

    private Entry? Find(string key)
    {
        for (int i = 0; i < _all.Count; i++)
        {
            if (_all[i].Key == key)
            {
                return _all[i];
            }
        }

        return null;
    }

    private sealed class Entry(string key)
    {
        public string Key { get; } = key;

        public NameTable Table { get; set; } = NameTable.Empty;
    }
}
