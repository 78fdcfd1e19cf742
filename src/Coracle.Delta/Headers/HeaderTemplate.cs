using System.Buffers.Text;

namespace Coracle.Delta;

/// <summary>Writes values into a copy of some headers, in the manner of those headers. What has no place there makes it fail.</summary>
internal sealed class HeaderTemplate
{
    private readonly HeaderBuffer _record = new();
    private HeaderBuffer _output = new();

    /// <summary>All but the checksums.</summary>
    public bool TryWrite(HeaderView template, HeaderValues values, RecordEdits edits, HeaderBuffer output)
    {
        _output = output;
        output.Clear();
        ReadOnlySpan<byte> bytes = template.Bytes.Span;
        for (int at = 0; at < template.MainAt;)
        {
            int length = template.UnitBody(at).Length;
            if (!TryWriteUnit(template, at, values, edits))
            {
                return false;
            }

            at += DeltaFormat.BlockLength + length + DeltaFormat.Padding(length);
        }

        int main = output.Length;
        return output.TryAppend(bytes[template.MainAt..]) && TryWriteMain(template, output.Span.Slice(main, DeltaFormat.BlockLength), values);
    }

    /// <returns>False where what is in the buffer is no headers.</returns>
    public static bool TryWriteChecksums(Span<byte> headers)
    {
        while (headers.Length >= DeltaFormat.BlockLength)
        {
            HeaderNumber.WriteChecksum(headers[..DeltaFormat.BlockLength]);
            if (!HeaderView.IsExtension(headers[HeaderField.TypeAt]))
            {
                return true;
            }

            if (!HeaderNumber.TryRead(headers.Slice(HeaderField.Size.At, HeaderField.Size.Length), out long length)
                || length > headers.Length - DeltaFormat.BlockLength - DeltaFormat.Padding(length))
            {
                return false;
            }

            headers = headers[(DeltaFormat.BlockLength + (int)length + DeltaFormat.Padding(length))..];
        }

        return false;
    }

    private bool TryWriteUnit(HeaderView template, int at, HeaderValues values, RecordEdits edits)
    {
        int start = _output.Length;
        ReadOnlySpan<byte> body = template.UnitBody(at).Span;
        bool fits = _output.TryAppend(template.Bytes.Span.Slice(at, DeltaFormat.BlockLength));
        fits = fits && (at == template.PaxAt ? TryWriteRecords(template, body, values, edits)
            : at == template.LongNameAt && !values.Name.Span.SequenceEqual(template.Name) ? TryWriteText(body, values.Name.Span)
            : at == template.LongLinkAt && !values.Link.Span.SequenceEqual(template.Link) ? TryWriteText(body, values.Link.Span)
            : _output.TryAppend(body));
        int length = _output.Length - start - DeltaFormat.BlockLength;
        return fits && _output.TryPad() && TryWriteUnitBlock(template, _output.Span.Slice(start, DeltaFormat.BlockLength), values, length);
    }

    private static bool TryWriteUnitBlock(HeaderView template, Span<byte> block, HeaderValues values, int length)
    {
        Span<byte> time = Field(block, HeaderField.Time);
        if (values.Seconds != template.Seconds && time.SequenceEqual(template.Main.Slice(HeaderField.Time.At, HeaderField.Time.Length))
            && !HeaderNumber.TryWrite(time, values.Seconds))
        {
            return false;
        }

        if (!values.Name.Span.SequenceEqual(template.Name))
        {
            HeaderNames.WriteUnitName(Field(block, HeaderField.Name), template.Name, values.Name.Span);
        }

        return HeaderNumber.TryWrite(Field(block, HeaderField.Size), length);
    }

    private bool TryWriteText(ReadOnlySpan<byte> old, ReadOnlySpan<byte> text)
        => _output.TryAppend(text) && (!old.EndsWith("\0"u8) || _output.TryAppend("\0"u8));

    private bool TryWriteRecords(HeaderView template, ReadOnlySpan<byte> body, HeaderValues values, RecordEdits edits)
    {
        var records = new PaxWalk(body);
        ReadOnlySpan<byte> text = edits.Text.Span;
        int edit = 0;
        for (int record = 0; records.MoveNext(); record++)
        {
            bool isEdited = edit < edits.Count && edits.Record(edit) == record;
            if (isEdited)
            {
                _record.Set(text[..edits.Length(edit)]);
                text = text[edits.Length(edit++)..];
            }
            else if (!TryMakeValue(template, records.Key, records.Value, values))
            {
                return false;
            }

            if (!TryWriteRecord(records.Key, _record.Span))
            {
                return false;
            }
        }

        return edit == edits.Count;
    }

    private bool TryMakeValue(HeaderView template, ReadOnlySpan<byte> key, ReadOnlySpan<byte> old, HeaderValues values)
    {
        _record.Set(old);
        if (key.SequenceEqual("path"u8))
        {
            _record.Set(values.Name.Span.SequenceEqual(template.Name) ? old : values.Name.Span);
        }
        else if (key.SequenceEqual("linkpath"u8))
        {
            _record.Set(values.Link.Span.SequenceEqual(template.Link) ? old : values.Link.Span);
        }
        else if (key.SequenceEqual("size"u8) && HeaderView.IsFile(values.Type))
        {
            _record.Set(default);
            return TryAppendNumber(values.BodyLength);
        }
        else if (key.SequenceEqual("mtime"u8) && template.HasTimeRecord
            && (values.Seconds != template.Seconds || values.Nanoseconds != template.Nanoseconds))
        {
            return TryMakeTime(values, template.HasTimePoint);
        }

        return true;
    }

    private bool TryMakeTime(HeaderValues values, bool hasPoint)
    {
        _record.Set(default);
        if (!TryAppendNumber(values.Seconds))
        {
            return false;
        }

        Span<byte> fraction = stackalloc byte[10];
        Utf8Formatter.TryFormat(values.Nanoseconds, fraction[1..], out _, new System.Buffers.StandardFormat('D', 9));
        fraction[0] = (byte)'.';
        ReadOnlySpan<byte> shown = !hasPoint && values.Nanoseconds == 0 ? default : values.TimeStyle == 0 ? fraction.TrimEnd((byte)'0') : fraction;
        return _record.TryAppend(shown.Length == 1 ? default : shown);
    }

    private bool TryAppendNumber(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out int length);
        return value >= 0 && _record.TryAppend(digits[..length]);
    }

    private bool TryWriteRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        // The length in front counts its own digits, hence the second look.
        int rest = key.Length + value.Length + " =\n".Length;
        int length = rest + DigitCount(rest);
        length = rest + DigitCount(length);
        Span<byte> digits = stackalloc byte[10];
        Utf8Formatter.TryFormat(length, digits, out int count);
        return _output.TryAppend(digits[..count]) && _output.TryAppend(" "u8) && _output.TryAppend(key) && _output.TryAppend("="u8)
            && _output.TryAppend(value) && _output.TryAppend("\n"u8);
    }

    private static int DigitCount(int value)
    {
        int count = 1;
        for (; value >= 10; value /= 10)
        {
            count++;
        }

        return count;
    }

    private static bool TryWriteMain(HeaderView template, Span<byte> block, HeaderValues values)
    {
        block[HeaderField.TypeAt] = values.Type;
        bool fits = TryWriteField(block, HeaderField.Mode, template.Mode, values.Mode) && TryWriteField(block, HeaderField.Uid, template.Uid, values.Uid)
            && TryWriteField(block, HeaderField.Gid, template.Gid, values.Gid) && TryWriteField(block, HeaderField.Time, template.Seconds, values.Seconds);
        fits = fits && (values.Nanoseconds == 0 || template.HasTimeRecord);
        if (HeaderView.IsFile(values.Type) || HeaderView.IsFile(template.Type))
        {
            fits = fits && HeaderNumber.TryWrite(Field(block, HeaderField.Size), HeaderView.IsFile(values.Type) ? values.BodyLength : 0);
        }

        return fits && (values.Link.Span.SequenceEqual(template.Link) || HeaderNames.TryWriteLink(template, block, values.Link.Span))
            && (values.Name.Span.SequenceEqual(template.Name) || HeaderNames.TryWriteName(template, block, values.Name.Span));
    }

    private static bool TryWriteField(Span<byte> block, HeaderField field, long old, long value)
        => value == old || HeaderNumber.TryWrite(Field(block, field), value);

    private static Span<byte> Field(Span<byte> block, HeaderField field) => block.Slice(field.At, field.Length);
}
