namespace Coracle.E2E;

/// <summary>A file made wrong for a while; disposing puts the right bytes back.</summary>
internal sealed class Damage : IAsyncDisposable
{
    private readonly string _path;
    private readonly byte[] _right;

    private Damage(string path)
    {
        _path = path;
        _right = File.ReadAllBytes(path);
    }

    /// <summary>One bit is another one; the length stays.</summary>
    public static Damage Flip(string path)
    {
        var damage = new Damage(path);
        byte[] wrong = [.. damage._right];
        wrong[wrong.Length / 2] ^= 1;
        File.WriteAllBytes(path, wrong);
        return damage;
    }

    /// <summary>The last third is not there.</summary>
    public static Damage Cut(string path)
    {
        var damage = new Damage(path);
        File.WriteAllBytes(path, damage._right[..(damage._right.Length * 2 / 3)]);
        return damage;
    }

    public async ValueTask DisposeAsync() => await File.WriteAllBytesAsync(_path, _right);
}
