namespace Coracle.Linux;

/// <summary>What this process may give away at all: capability N is bit N.</summary>
public static class BoundingSet
{
    private const int MaxCapabilities = 64;

    public static ulong Read()
    {
        ulong set = 0;
        for (int i = 0; i < MaxCapabilities; i++)
        {
            int has = LibC.prctl(Abi.PR_CAPBSET_READ, (nuint)i, 0, 0, 0);
            if (has < 0)
            {
                break; // EINVAL: beyond the kernel's last one
            }

            set |= (ulong)has << i;
        }

        return set;
    }
}
