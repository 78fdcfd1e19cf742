using Coracle.Linux;
using Coracle.Oci;
using Microsoft.Extensions.Logging;

namespace Coracle.Storage;

/// <summary>The images that are here, and the names they have. An image exists from the moment its record is renamed into place.</summary>
/// <remarks>
/// Thread-safe. Readers get snapshots that nobody changes any more; writers take one lock, change the disk, and put a changed copy in
/// place (ImmutableDictionary does the same with less copying, for 58 KB of the file; there are tens of images). Names are kept as
/// the caller gives them: canonical references such as <c>docker.io/library/busybox:1</c> or <c>…@sha256:…</c>.
/// </remarks>
public sealed class ImageStore
{
    private const string RecordSuffix = ".json";
    private const string NamesFile = "names.json";

    private readonly DirectoryHandle _directory;
    private readonly BlobStore _blobs;
    private readonly Lock _writing = new();
    private Dictionary<Digest, ImageRecord> _images = [];
    private Dictionary<string, Digest> _names = new(StringComparer.Ordinal);

    internal ImageStore(DirectoryHandle directory, BlobStore blobs)
    {
        (_directory, _blobs) = (directory, blobs);
        DurableFile.RemoveTemporaries(directory);
    }

    /// <summary>All names and the images they mean.</summary>
    public IReadOnlyDictionary<string, Digest> Names => Volatile.Read(ref _names);

    public IReadOnlyList<ImageRecord> List() => [.. Volatile.Read(ref _images).Values];

    /// <returns>Null when there is no such image.</returns>
    public ImageRecord? Find(Digest id) => Volatile.Read(ref _images).GetValueOrDefault(id);

    /// <summary>The config, then the record; durable, and an image, when it returns. The layers must be committed before.</summary>
    /// <exception cref="ContentMismatchException">The config's digest is not the id.</exception>
    public void Put(ImageRecord record, ReadOnlySpan<byte> config)
    {
        _blobs.Put(record.Id, config);
        CrashPoint.Hit("image:config");
        lock (_writing)
        {
            DurableFile.Replace(_directory, record.Id.ToHex() + RecordSuffix, ImageRecordJson.ToJson(record));
            Volatile.Write(ref _images, new Dictionary<Digest, ImageRecord>(_images) { [record.Id] = record });
        }

        CrashPoint.Hit("image:recorded");
    }

    /// <summary>Changes what a record says, e.g. adds a manifest. Durable.</summary>
    /// <returns>False when there is no such image.</returns>
    public bool Update(Digest id, Func<ImageRecord, ImageRecord> change)
    {
        lock (_writing)
        {
            if (!_images.TryGetValue(id, out ImageRecord? record))
            {
                return false;
            }

            ImageRecord changed = change(record) with { Id = id };
            DurableFile.Replace(_directory, id.ToHex() + RecordSuffix, ImageRecordJson.ToJson(changed));
            Volatile.Write(ref _images, new Dictionary<Digest, ImageRecord>(_images) { [id] = changed });
            return true;
        }
    }

    /// <summary>Gives an image a name, taking it from the image that had it. Durable.</summary>
    /// <returns>The image that had the name; null for a new name.</returns>
    public Digest? SetName(string reference, Digest id)
    {
        lock (_writing)
        {
            bool known = _names.TryGetValue(reference, out Digest? previous);
            if (!known || previous != id)
            {
                ReplaceNames(new Dictionary<string, Digest>(_names, StringComparer.Ordinal) { [reference] = id });
            }

            CrashPoint.Hit("image:named");
            return known ? previous : null;
        }
    }

    /// <returns>False when there was no such name.</returns>
    public bool RemoveName(string reference)
    {
        lock (_writing)
        {
            Dictionary<string, Digest> others = new(_names, StringComparer.Ordinal);
            bool known = others.Remove(reference);
            if (known)
            {
                ReplaceNames(others);
            }

            return known;
        }
    }

    /// <summary>
    /// Takes its names, then its record, then the documents that no other image has. Its layers are the collector's
    /// (<see cref="LayerStore.CollectUnreferenced"/>).
    /// </summary>
    /// <returns>False when there was no such image.</returns>
    public bool Remove(Digest id)
    {
        lock (_writing)
        {
            if (!_images.TryGetValue(id, out ImageRecord? record))
            {
                return false;
            }

            Dictionary<string, Digest> others = OtherNames(id);
            if (others.Count != _names.Count)
            {
                ReplaceNames(others);
            }

            CrashPoint.Hit("image:unnamed");
            _directory.RemoveIfPresent(id.ToHex() + RecordSuffix);
            _directory.Sync();
            CrashPoint.Hit("image:removed");
            Dictionary<Digest, ImageRecord> images = new(_images);
            images.Remove(id);
            Volatile.Write(ref _images, images);
            RemoveBlobsOf(record);
            return true;
        }
    }

    /// <summary>Start-up: reads everything; what cannot be read is set aside and named in the log.</summary>
    internal void Load(ILogger logger)
    {
        foreach (string name in _directory.List())
        {
            if (name.EndsWith(RecordSuffix, StringComparison.Ordinal) && name != NamesFile)
            {
                LoadRecord(name, logger);
            }
        }

        if (SetAside.TryRead(_directory, NamesFile, ImageRecordJson.MaxNamesLength, ImageRecordJson.ParseNames, logger)
            is { } names)
        {
            foreach ((string name, Digest id) in names)
            {
                if (_images.ContainsKey(id))
                {
                    _names[name] = id;
                }
            }
        }
    }

    /// <summary>Start-up: documents of a pull that was cut before its record.</summary>
    internal void RemoveUnreferencedBlobs()
    {
        HashSet<Digest> referenced = Referenced(_images.Values);
        foreach (Digest blob in _blobs.List())
        {
            if (!referenced.Contains(blob))
            {
                _blobs.Remove(blob);
            }
        }
    }

    private void LoadRecord(string name, ILogger logger)
    {
        ImageRecord? record = SetAside.TryRead(_directory, name, ImageRecordJson.MaxRecordLength, content =>
        {
            ImageRecord parsed = ImageRecordJson.ParseRecord(content);
            return parsed.Id.ToHex() + RecordSuffix == name ? parsed : throw new FormatException($"it is the record of {parsed.Id}");
        }, logger);
        if (record is not null)
        {
            _images[record.Id] = record;
        }
    }

    private Dictionary<string, Digest> OtherNames(Digest id)
    {
        Dictionary<string, Digest> others = new(StringComparer.Ordinal);
        foreach ((string name, Digest named) in _names)
        {
            if (named != id)
            {
                others.Add(name, named);
            }
        }

        return others;
    }

    private void ReplaceNames(Dictionary<string, Digest> names)
    {
        DurableFile.Replace(_directory, NamesFile, ImageRecordJson.ToJson(names));
        Volatile.Write(ref _names, names);
    }

    private void RemoveBlobsOf(ImageRecord record)
    {
        HashSet<Digest> others = Referenced(_images.Values);
        foreach (Digest blob in record.Manifests.Append(record.Id))
        {
            if (!others.Contains(blob))
            {
                _blobs.Remove(blob);
            }
        }
    }

    private static HashSet<Digest> Referenced(IEnumerable<ImageRecord> records)
        => [.. records.SelectMany(r => r.Manifests.Append(r.Id))];
}
