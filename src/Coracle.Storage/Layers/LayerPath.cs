namespace Coracle.Storage;

/// <summary>
/// Cleans a name from a tar as Moby does before it uses it: components without "." and "//", ".." taken lexically and stopping at
/// the root, no slash at either end. What is left may still lead through links; that is the directory handle's business.
/// </summary>
internal sealed class LayerPath
{
    private byte[] _path = new byte[256];
    private int _length;

    /// <summary>Empty: the layer's root itself.</summary>
    public ReadOnlySpan<byte> Path => _path.AsSpan(0, _length);

    public ReadOnlySpan<byte> Parent => Path[..Math.Max(0, Path.LastIndexOf((byte)'/'))];

    public ReadOnlySpan<byte> Leaf => Path[(Path.LastIndexOf((byte)'/') + 1)..];

    public void Set(ReadOnlySpan<byte> name)
    {
        if (_path.Length < name.Length + 1)
        {
            _path = new byte[name.Length + 1];
        }

        _length = 0;
        while (!name.IsEmpty)
        {
            int slash = name.IndexOf((byte)'/');
            ReadOnlySpan<byte> component = slash < 0 ? name : name[..slash];
            name = slash < 0 ? [] : name[(slash + 1)..];
            Append(component);
        }
    }

    private void Append(ReadOnlySpan<byte> component)
    {
        if (component.IsEmpty || component.SequenceEqual("."u8))
        {
            return;
        }

        if (component.SequenceEqual(".."u8))
        {
            _length = Parent.Length;
            return;
        }

        if (_length > 0)
        {
            _path[_length++] = (byte)'/';
        }

        component.CopyTo(_path.AsSpan(_length));
        _length += component.Length;
    }
}
