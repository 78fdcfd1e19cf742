using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The <c>platform</c> of a request about an image that is here: an image has one platform, which fits or does not.</summary>
internal static class PlatformChoice
{
    public static bool Fits(Platform wanted, Platform offered)
    {
        foreach (Platform candidate in wanted.Candidates())
        {
            if (candidate.IsSameAs(offered))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="typed">The image as the client named it.</param>
    /// <param name="wanted">Null fits every image.</param>
    /// <exception cref="EngineException">404, in Docker's words.</exception>
    public static void Require(ImageDetails image, string typed, Platform? wanted)
    {
        if (wanted is not null && !Fits(wanted, image.Config.Platform))
        {
            throw new EngineException(Refusal.NotFound, $"image with reference {typed} was found but does not provide the specified platform ({wanted})");
        }
    }
}
