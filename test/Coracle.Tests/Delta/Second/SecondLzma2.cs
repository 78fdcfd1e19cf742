using System.Buffers.Binary;

namespace Coracle.Tests.Delta.Second;

/// <summary>A raw LZMA2 stream: chunks, each of them plain bytes or LZMA, up to the end mark.</summary>
internal sealed class SecondLzma2(byte[] packed, int plainLength, int dictionaryLength)
{
    private readonly SecondLzma _lzma = new(new byte[plainLength], dictionaryLength);
    private int _at;
    private bool _hasDictionary;
    private bool _hasProperties;
    private bool _hasState;

    public byte[] Unpack()
    {
        for (byte control = Next(); control != 0; control = Next())
        {
            RefusedException.Unless(control is 1 or 2 or >= 0x80, $"LZMA2: a chunk of kind {control}");
            if (control < 0x80)
            {
                Plain(control);
            }
            else
            {
                Lzma(control);
            }
        }

        RefusedException.Unless(_at == packed.Length, "LZMA2: bytes behind the end mark");
        RefusedException.Unless(_lzma.Written == plainLength, "LZMA2: another plain length");
        return _lzma.Output;
    }

    private void Plain(byte control)
    {
        ResetDictionary(control == 1);
        _lzma.Copy(Next(Length()));
        _hasState = false;
    }

    /// <summary>Bits 5 and 6 say what begins anew: 0 nothing, 1 the state, 2 state and properties, 3 the dictionary too.</summary>
    private void Lzma(byte control)
    {
        int reset = (control >> 5) & 3;
        int plain = ((control & 0x1f) << 16) + Length();
        int length = Length();
        ResetDictionary(reset == 3);
        if (reset >= 2)
        {
            _lzma.SetProperties(Next());
            _hasProperties = true;
        }

        RefusedException.Unless(_hasProperties && (_hasState || reset >= 1), "LZMA2: a chunk without properties or state");
        if (reset >= 1)
        {
            _lzma.ResetState();
            _hasState = true;
        }

        _lzma.Decode(Next(length), plain);
    }

    private void ResetDictionary(bool now)
    {
        RefusedException.Unless(now || _hasDictionary, "LZMA2: the first chunk does not begin anew");
        if (now)
        {
            _lzma.ResetDictionary();
            _hasDictionary = true;
        }
    }

    private int Length() => BinaryPrimitives.ReadUInt16BigEndian(Next(2)) + 1;

    private byte Next() => Next(1)[0];

    private ReadOnlySpan<byte> Next(int count)
    {
        RefusedException.Unless(count <= packed.Length - _at, "LZMA2: ends early");
        _at += count;
        return packed.AsSpan(_at - count, count);
    }
}
