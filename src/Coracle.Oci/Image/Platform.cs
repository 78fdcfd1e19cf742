using System.Runtime.InteropServices;
using System.Text.Json;

namespace Coracle.Oci;

/// <summary>An operating system and a kind of processor, normalised as containerd does: <c>linux/arm/v7</c>.</summary>
/// <param name="Variant">Empty for arm64's v8 and amd64's v1, which are what the names alone mean.</param>
public sealed record Platform(string Os, string Architecture, string Variant = "", string OsVersion = "")
{
    /// <summary>The machine this process runs on; which generation of processor it has once <see cref="Observe"/> was told.</summary>
    public static Platform Host { get; private set; } = OfThisMachine([]);

    /// <summary>Called once, at start, before anybody asks for <see cref="Host"/>.</summary>
    /// <param name="cpuInfo">The content of <c>/proc/cpuinfo</c>: this room reads no files.</param>
    public static void Observe(ReadOnlySpan<byte> cpuInfo) => Host = OfThisMachine(cpuInfo);

    /// <summary>Parses what <c>--platform</c> takes: <c>linux/arm/v6</c>, <c>linux/amd64</c>, <c>arm64</c>, <c>linux</c>.</summary>
    /// <exception cref="OciFormatException">Not a platform; the text is Docker's.</exception>
    public static Platform Parse(string text)
    {
        string[] parts = text.Split('/');
        foreach (string part in parts)
        {
            if (part.Length == 0 || part.AsSpan().ContainsAnyExcept(_allowed))
            {
                throw new OciFormatException($"\"{part}\" is an invalid component of \"{text}\": platform specifier component must match \"^[A-Za-z0-9_-]+$\": invalid argument");
            }
        }

        return parts.Length switch
        {
            1 when IsOs(parts[0]) => Normalise(parts[0], Host.Architecture, Host.Variant),
            1 => Normalise("linux", parts[0], ""),
            2 => Normalise(parts[0], parts[1], ""),
            3 => Normalise(parts[0], parts[1], parts[2]),
            _ => throw new OciFormatException($"\"{text}\": cannot parse platform specifier: invalid argument"),
        };
    }

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(
        string text,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Platform? platform,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error)
    {
        try
        {
            (platform, error) = (Parse(text), null);
            return true;
        }
        catch (OciFormatException invalid)
        {
            (platform, error) = (null, invalid.Message);
            return false;
        }
    }

    /// <summary>Everything a machine of this platform can run, the best first: itself, then lower variants, then its 32-bit kin.</summary>
    public IReadOnlyList<Platform> Candidates()
    {
        List<Platform> candidates = [this];
        switch (Architecture)
        {
            case "amd64":
                AddLower(candidates, Version(fallback: 1), lowest: 1);
                candidates.Add(new Platform(Os, "386"));
                break;
            case "arm":
                AddLower(candidates, Version(fallback: 7), lowest: 5);
                break;
            case "arm64":
                // arm64 v9 runs v8's code; nearly every 64-bit ARM core runs 32-bit v8 and v7 code as well.
                AddLower(candidates, Version(fallback: 8), lowest: 8);
                Platform arm = new(Os, "arm", "v8");
                candidates.AddRange(arm.Candidates());
                break;
        }

        return candidates;
    }

    /// <summary>Docker's text for a machine whose kind nobody chose: amd64 without its level.</summary>
    public Platform WithoutLevel() => Architecture == "amd64" ? this with { Variant = "" } : this;

    public bool IsSameAs(Platform other) => Os == other.Os && Architecture == other.Architecture && Variant == other.Variant;

    public override string ToString() => Variant.Length == 0 ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";

    internal static Platform Read(JsonElement element)
    {
        element.RequireObject("platform");
        return Normalise(element.Text("os") ?? "", element.Text("architecture") ?? "", element.Text("variant") ?? "") with
        {
            OsVersion = element.Text("os.version") ?? "",
        };
    }

    /// <summary>containerd's platforms.Normalize: uname's and Go's names are one.</summary>
    internal static Platform Normalise(string os, string architecture, string variant)
    {
        os = os.Length == 0 ? "linux" : os.ToLowerInvariant();
        variant = variant.ToLowerInvariant();
        variant = variant.Length == 1 && char.IsAsciiDigit(variant[0]) ? "v" + variant : variant;
        return architecture.ToLowerInvariant() switch
        {
            "i386" or "386" => new(os, "386"),
            "x86_64" or "x86-64" or "amd64" => new(os, "amd64", variant == "v1" ? "" : variant),
            "aarch64" or "arm64" => new(os, "arm64", variant == "v8" ? "" : variant),
            "armhf" => new(os, "arm", "v7"),
            "armel" => new(os, "arm", "v6"),
            "arm" => new(os, "arm", variant.Length == 0 ? "v7" : variant),
            string other => new(os, other, variant),
        };
    }

    private static readonly System.Buffers.SearchValues<char> _allowed =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    private static bool IsOs(string text) => text.ToLowerInvariant() is "linux" or "windows" or "darwin" or "freebsd";

    private void AddLower(List<Platform> candidates, int from, int lowest)
    {
        for (int version = from - 1; version >= lowest; version--)
        {
            candidates.Add(Normalise(Os, Architecture, "v" + version));
        }
    }

    private int Version(int fallback) => Variant.Length == 2 && char.IsAsciiDigit(Variant[1]) ? Variant[1] - '0' : fallback;

    /// <summary>Whether an image of this platform runs on that machine: 386 on amd64, arm/v6 on arm/v7 …</summary>
    public bool RunsOn(Platform machine)
    {
        foreach (Platform candidate in machine.Candidates())
        {
            // An image whose maker did not say which variant it is gets the benefit of the doubt, as with Docker.
            if (Os == candidate.Os && Architecture == candidate.Architecture && (Variant.Length == 0 || Variant == candidate.Variant))
            {
                return true;
            }
        }

        return false;
    }

    private static Platform OfThisMachine(ReadOnlySpan<byte> cpuInfo) => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => Normalise("linux", "amd64", ProcessorVariant.OfAmd64(cpuInfo)),
        System.Runtime.InteropServices.Architecture.X86 => new("linux", "386"),
        System.Runtime.InteropServices.Architecture.Arm64 => new("linux", "arm64"),
        // .NET itself needs ARMv7, so a 32-bit build of this program proves at least that.
        System.Runtime.InteropServices.Architecture.Arm => new("linux", "arm", ProcessorVariant.OfArm(cpuInfo, atLeast: "v7")),
        System.Runtime.InteropServices.Architecture.RiscV64 => new("linux", "riscv64"),
        System.Runtime.InteropServices.Architecture other => new("linux", other.ToString().ToLowerInvariant()),
    };
}
