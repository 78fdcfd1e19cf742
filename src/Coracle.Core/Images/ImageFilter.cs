using System.Globalization;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The filters of the image list, made ready once for all images.</summary>
internal sealed class ImageFilter
{
    private readonly Filters _filters;
    private readonly bool? _dangling;
    private readonly DateTimeOffset? _before;
    private readonly DateTimeOffset? _since;

    /// <exception cref="EngineException">A value that is none, or an image that does not exist.</exception>
    public ImageFilter(Filters filters, ImageCatalog images, TimeProvider time)
    {
        _filters = filters;
        _dangling = filters.Flag("dangling");
        _before = Earliest(filters.Of("before").Select(name => images.Resolve(name).Config.Created)
            .Concat(filters.Of("until").Select(text => (DateTimeOffset?)ParseTime(text, time.GetUtcNow()))));
        _since = filters.Of("since").Select(name => images.Resolve(name).Config.Created).Max();
    }

    /// <returns>The names to show, or null when the image is filtered out.</returns>
    public IReadOnlyList<ImageReference>? Admits(ImageDetails image, IReadOnlyList<ImageReference> names)
    {
        DateTimeOffset created = image.Config.Created ?? DateTimeOffset.MinValue;
        bool isInTime = (_before is null || created < _before) && (_since is null || created > _since);
        if (!isInTime || !_filters.LabelsMatch("label", image.Config.Run.Labels))
        {
            return null;
        }

        // As Docker's: a digest alone does not keep an image from dangling, its tag has moved on.
        bool isDangling = names.All(name => name.Tag is null);
        if (_dangling is { } wanted && wanted != isDangling)
        {
            return null;
        }

        if (!_filters.Has("reference"))
        {
            return names;
        }

        List<ImageReference> shown = [.. names.Where(name => _filters.Of("reference").Any(pattern => Matches(pattern, name)))];
        return shown.Count == 0 ? null : shown;
    }

    /// <summary>Docker's FamiliarMatch: the whole familiar reference, or its name alone, against a shell pattern.</summary>
    private static bool Matches(string pattern, ImageReference name)
        => GlobPattern.IsMatch(pattern, name.Familiar) || GlobPattern.IsMatch(pattern, name.FamiliarName);

    private static DateTimeOffset? Earliest(IEnumerable<DateTimeOffset?> times) => times.Min();

    /// <summary>A time as Docker's clients send it: RFC 3339, seconds since 1970, or a duration back from now (<c>24h</c>).</summary>
    /// <exception cref="EngineException">400: none of these.</exception>
    internal static DateTimeOffset ParseTime(string text, DateTimeOffset now)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds < 1e11)
        {
            return DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        }

        if (GoDuration.TryParse(text, out TimeSpan ago))
        {
            return now - ago;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new EngineException(Refusal.InvalidArgument, $"invalid filter 'until=[{text}]'");
    }
}
