namespace Coracle.Cli;

/// <summary><c>--mount type=…,source=…,target=…,…</c>, as it was given: the engine judges what it means.</summary>
internal sealed class MountOption
{
    public string Type { get; private set; } = "volume";

    public string Source { get; private set; } = "";

    public string Target { get; private set; } = "";

    public string Consistency { get; private set; } = "";

    public bool IsReadOnly { get; private set; }

    public string Propagation { get; private set; } = "";

    /// <summary><c>enabled</c>, <c>disabled</c>, <c>writable</c>, <c>readonly</c>.</summary>
    public string Recursive { get; private set; } = "enabled";

    /// <summary>Inside the volume or the image.</summary>
    public string Subpath { get; private set; } = "";

    public bool NoCopy { get; private set; }

    public List<string> VolumeLabels { get; } = [];

    public string VolumeDriver { get; private set; } = "";

    public List<string> VolumeOptions { get; } = [];

    /// <summary>In bytes; zero is without limit.</summary>
    public long TmpfsSize { get; private set; }

    public long TmpfsMode { get; private set; }

    /// <summary>The kinds of mount whose options were used.</summary>
    public List<string> OptionKinds { get; } = [];

    /// <exception cref="CliException">Docker's words.</exception>
    public static MountOption Parse(string text)
    {
        MountOption mount = new();
        foreach (string field in KeyValues.Fields(text))
        {
            mount.Set(field);
        }

        mount.Check();
        return mount;
    }

    private void Set(string field)
    {
        bool hasValue = field.Contains('=', StringComparison.Ordinal);
        (string written, string value) = KeyValues.Split(field);
        string key = written.ToLowerInvariant();
        if (!hasValue && key is not ("readonly" or "ro" or "volume-nocopy" or "bind-nonrecursive"))
        {
            throw new CliException($"invalid field '{field}' must be a key=value pair");
        }

        int dash = key.IndexOf('-', StringComparison.Ordinal);
        if (dash > 0)
        {
            OptionKinds.Add(key[..dash]);
        }

        switch (key)
        {
            case "type": Type = value.ToLowerInvariant(); break;
            case "source" or "src": Source = HostPath.Absolute(value); break;
            case "target" or "dst" or "destination": Target = value; break;
            case "readonly" or "ro": IsReadOnly = IsTrue(key, value, hasValue); break;
            case "consistency": Consistency = value.ToLowerInvariant(); break;
            case "bind-propagation": Propagation = value.ToLowerInvariant(); break;
            case "bind-nonrecursive": Recursive = IsTrue(key, value, hasValue) ? "disabled" : "enabled"; break;
            case "bind-recursive": Recursive = RecursiveOf(value); break;
            case "volume-subpath" or "image-subpath": Subpath = value; break;
            case "volume-nocopy": NoCopy = IsTrue(key, value, hasValue); break;
            case "volume-label": VolumeLabels.Add(value); break;
            case "volume-driver": VolumeDriver = value; break;
            case "volume-opt": VolumeOptions.Add(value); break;
            case "tmpfs-size": TmpfsSize = ByteCount.TryParse(value, out long size) ? size : throw Invalid(key, value); break;
            case "tmpfs-mode": TmpfsMode = ModeOf(value) ?? throw Invalid(key, value); break;
            default: throw new CliException($"unexpected key '{key}' in '{field}'");
        }
    }

    private void Check()
    {
        if (Type.Length == 0)
        {
            throw new CliException("type is required");
        }

        if (Target.Length == 0)
        {
            throw new CliException("target is required");
        }

        foreach (string kind in OptionKinds)
        {
            if (kind != Type)
            {
                throw new CliException($"cannot mix '{kind}-*' options with mount type '{Type}'");
            }
        }

        if (Recursive is "writable" or "readonly" && !IsReadOnly)
        {
            throw new CliException($"option 'bind-recursive={Recursive}' requires 'readonly' to be specified in conjunction");
        }

        if (Recursive == "readonly" && Propagation != "rprivate")
        {
            throw new CliException("option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction");
        }
    }

    private static bool IsTrue(string key, string value, bool hasValue) => !hasValue || (Truth.Of(value) ?? throw Invalid(key, value));

    private static string RecursiveOf(string value)
        => value is "enabled" or "disabled" or "writable" or "readonly"
            ? value
            : throw new CliException($"invalid value for bind-recursive: {value} (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")");

    /// <summary>Octal.</summary>
    private static long? ModeOf(string text)
    {
        long mode = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '7' || mode > uint.MaxValue >> 3)
            {
                return null;
            }

            mode = mode << 3 | (long)(digit - '0');
        }

        return text.Length > 0 ? mode : null;
    }

    private static CliException Invalid(string key, string value) => new($"invalid value for {key}: {value}");
}
