using System.Security.Cryptography;

namespace Coracle.Core;

/// <summary>A network's id: 64 hex digits, of which people use the first 12.</summary>
public readonly record struct NetworkId
{
    private const int Bytes = 32;

    private const int ShortLength = 12;

    private readonly string? _text;

    private NetworkId(string text) => _text = text;

    public string Text => _text ?? "";

    public string Short => Text.Length < ShortLength ? Text : Text[..ShortLength];

    /// <summary>What the link of a bridge is called where nobody named it: 15 characters, the kernel's most.</summary>
    public string BridgeName => "br-" + Short;

    public static NetworkId Create() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)));

    public static bool TryParse(string text, out NetworkId id)
    {
        bool isId = ContainerId.IsId(text);
        id = isId ? new NetworkId(text) : default;
        return isId;
    }

    public override string ToString() => Text;
}
