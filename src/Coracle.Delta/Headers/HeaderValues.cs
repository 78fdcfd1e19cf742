namespace Coracle.Delta;

/// <summary>What is to be written into a template.</summary>
internal sealed class HeaderValues
{
    public HeaderBuffer Name { get; } = new();

    public HeaderBuffer Link { get; } = new();

    public long Seconds { get; set; }

    public int Nanoseconds { get; set; }

    /// <summary>1: nanoseconds always have nine digits.</summary>
    public int TimeStyle { get; set; }

    public long Mode { get; set; }

    public long Uid { get; set; }

    public long Gid { get; set; }

    public byte Type { get; set; }

    public long BodyLength { get; set; }

    /// <summary>All but name and link.</summary>
    public void TakeNumbers(HeaderView view)
    {
        (Seconds, Nanoseconds) = (view.Seconds, view.Nanoseconds);
        (Mode, Uid, Gid, Type) = (view.Mode, view.Uid, view.Gid, view.Type);
    }
}
