using System.Globalization;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>One delta in the making: what of what, who is told, and what it has come to so far.</summary>
internal sealed class Making(ImageDetails from, ImageDetails to, ProgressLines lines, CancellationToken stopped)
{
    private const int RowLength = 12;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private static readonly string[] _units = ["B", "kB", "MB", "GB", "TB", "PB"];

    private long _targetBytes, _deltaBytes;

    public ImageDetails From => from;

    public ImageDetails To => to;

    public ProgressLines Lines => lines;

    public CancellationToken Stopped => stopped;

    /// <summary>Whether both have the same layers up to here: the same chainID at the same place.</summary>
    public bool IsCommon(int layer)
    {
        for (int i = 0; i <= layer; i++)
        {
            if (i >= from.Layers.Count || from.Layers[i] != to.Layers[i])
            {
                return false;
            }
        }

        return true;
    }

    public void Say(string status, DiffId layer) => lines.Add(new ProgressLine(status, RowOf(layer), IsStep: true));

    public Action<long> Watch(DiffId layer, long length, TimeProvider time)
    {
        long last = 0;
        return count =>
        {
            if (count == length || last == 0 || time.GetElapsedTime(last) >= _pause)
            {
                last = time.GetTimestamp();
                lines.Add(new ProgressLine("Computing delta", RowOf(layer), count, length, IsStep: true));
            }
        };
    }

    public void Count(long targetBytes, long deltaBytes)
    {
        _targetBytes += targetBytes;
        _deltaBytes += deltaBytes;
    }

    /// <summary>Neither compressed, as balenaEngine counts: files of the layers that differ, and deltas.</summary>
    public string Summary()
    {
        double improvement = _targetBytes == 0 || _deltaBytes == 0 ? 1 : (double)_targetBytes / _deltaBytes;
        return string.Create(
            CultureInfo.InvariantCulture, $"Normal size: {Size(_targetBytes)}, Delta size: {Size(_deltaBytes)}, {improvement:0.00}x improvement");
    }

    private static string RowOf(DiffId layer) => layer.Digest.ToHex()[..RowLength];

    /// <summary>go-units: four digits, powers of a thousand.</summary>
    private static string Size(double bytes)
    {
        int unit = 0;
        for (; bytes >= 1000 && unit < _units.Length - 1; unit++)
        {
            bytes /= 1000;
        }

        return bytes.ToString("G4", CultureInfo.InvariantCulture) + _units[unit];
    }
}
