using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Coracle.Networking;

/// <summary>A block that subnets of one size are cut out of: <c>base=10.10.0.0/16,size=24</c>.</summary>
/// <param name="Size">The length of each one's prefix, at least that of the block.</param>
public readonly record struct SubnetBase(Subnet Block, int Size)
{
    /// <summary>RFC 4193: a subnet's length, and that of the part which is one site's.</summary>
    private const int LocalSubnetLength = 64, LocalSiteLength = 48;

    private const int GlobalIdBytes = 5;

    /// <summary>Docker's own, when no other are configured.</summary>
    public static IReadOnlyList<SubnetBase> Defaults { get; } =
    [
        Of("172.17.0.0/16", 16), Of("172.18.0.0/16", 16), Of("172.19.0.0/16", 16),
        Of("172.20.0.0/14", 16), Of("172.24.0.0/14", 16), Of("172.28.0.0/14", 16),
        Of("192.168.0.0/16", 20),
    ];

    /// <summary>
    /// Unique local addresses of this device (RFC 4193 §3.2.2), the same at every start: where no pool of IPv6 is configured, networks still
    /// get subnets of it, as since Docker 27.
    /// </summary>
    /// <param name="deviceId">What <c>/info</c> shows as ID.</param>
    public static SubnetBase LocalTo(string deviceId)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        bytes[0] = 0xfd;
        SHA256.HashData(Encoding.UTF8.GetBytes(deviceId)).AsSpan(0, GlobalIdBytes).CopyTo(bytes[1..]);
        return new SubnetBase(Subnet.Around(new IPAddress(bytes), LocalSiteLength), LocalSubnetLength);
    }

    /// <summary>One value of <c>--default-address-pool</c>.</summary>
    /// <exception cref="FormatException">In Docker's words.</exception>
    public static SubnetBase Parse(string text)
    {
        Subnet? block = null;
        int size = 0;
        foreach (string field in text.Split(','))
        {
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            string key = (equals < 0 ? field : field[..equals]).ToLowerInvariant();
            string value = equals < 0 ? "" : field[(equals + 1)..];
            switch (key)
            {
                case var _ when equals < 0:
                    throw new FormatException($"invalid field '{field}' must be a key=value pair");
                case "base":
                    block = Subnet.TryParse(value, out Subnet parsed, out _) ? parsed : throw new FormatException($"invalid base prefix \"{value}\"");
                    break;
                case "size":
                    size = int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                        ? number
                        : throw new FormatException($"invalid size value: {value} (must be integer): strconv.Atoi: parsing \"{value}\": invalid syntax");
                    break;
                default:
                    throw new FormatException($"unexpected key '{key}' in '{field}'");
            }
        }

        return Check(block ?? throw new FormatException($"base is missing in '{text}'"), size);
    }

    /// <exception cref="FormatException">In Docker's words.</exception>
    public static SubnetBase Check(Subnet block, int size)
        => size < block.Length || size > AddressBits.Width(block.IsIPv6)
            ? throw new FormatException($"network ({block}) has a smaller prefix (/{block.Length}) than the target size of that pool (/{size})")
            : new SubnetBase(block, size);

    private static SubnetBase Of(string block, int size) => new(Subnet.Parse(block), size);
}
