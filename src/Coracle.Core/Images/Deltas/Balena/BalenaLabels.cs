using System.Text;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>What makes an image a delta of balenaEngine's kind: two labels, of what it is made and of what it makes.</summary>
/// <param name="BaseImage">The image that it is applied to, by its id.</param>
/// <param name="Target">The id of the image that it makes.</param>
/// <param name="TargetConfigBytes">Those that <paramref name="Target"/> is the digest of.</param>
internal sealed record BalenaLabels(Digest BaseImage, Digest Target, ImageConfig TargetConfig, byte[] TargetConfigBytes)
{
    public const string Base = "io.resin.delta.base";

    public const string Config = "io.resin.delta.config";

    /// <returns>Null for an image that is no delta.</returns>
    /// <exception cref="OciFormatException">It says that it is one, and its labels cannot be read.</exception>
    public static BalenaLabels? TryRead(ImageConfig delta)
    {
        if (delta.Run.Labels is not { } labels || !labels.TryGetValue(Base, out string? baseImage) || !labels.TryGetValue(Config, out string? config))
        {
            return null;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(config);
        return Digest.TryParse(baseImage, out Digest? image)
            ? new BalenaLabels(image, Digest.Of(bytes), ImageConfig.Parse(bytes), bytes)
            : throw new OciFormatException($"the label {Base} of a delta is no image id");
    }
}
