using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Coracle.Core;

/// <summary>A network's id: 64 hex digits, of which people use the first 12.</summary>
public sealed record NetworkId
{
    private const int Bytes = 32;

    private const int ShortLength = 12;

    private NetworkId(string text) => Text = text;

    public string Text { get; }

    public string Short => Text[..ShortLength];

    /// <summary>What the link of a bridge is called where nobody named it: 15 characters, the kernel's most.</summary>
    public string BridgeName => "br-" + Short;

    public static NetworkId Create() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)));

    public static bool TryParse(string text, [NotNullWhen(true)] out NetworkId? id)
    {
        id = ContainerId.IsId(text) ? new NetworkId(text) : null;
        return id is not null;
    }

    public override string ToString() => Text;
}
