using System.Globalization;

namespace Coracle.Runtime;

/// <summary>Who a container's process is: what <c>USER</c> or <c>--user</c> means in this image.</summary>
/// <remarks>The rules are those of runc's GetExecUser and Moby's getUser, order of lookups included.</remarks>
internal sealed class ContainerUser
{
    /// <summary>setgroups takes no more (NGROUPS_MAX).</summary>
    private const int MaxGroups = 65536;

    private const uint HighestId = int.MaxValue;

    private ContainerUser(uint uid, uint gid, uint[] groups, string home)
    {
        Uid = uid;
        Gid = gid;
        Groups = groups;
        Home = home;
    }

    internal uint Uid { get; }

    internal uint Gid { get; }

    /// <summary>The primary one first, then the others once each (CVE-2022-36109).</summary>
    internal uint[] Groups { get; }

    internal string Home { get; }

    /// <param name="user"><c>name|uid[:group|gid]</c> or empty.</param>
    /// <param name="groupAdd">Names or numbers.</param>
    /// <exception cref="LaunchFailedException">In Docker's words.</exception>
    internal static ContainerUser Resolve(string user, IReadOnlyList<string> groupAdd, AccountFile passwd, AccountFile groups)
    {
        int colon = user.IndexOf(':', StringComparison.Ordinal);
        string userPart = colon < 0 ? user : user[..colon];
        string groupPart = colon < 0 ? "" : user[(colon + 1)..];

        (uint uid, uint gid, string home, string name) = FindUser(userPart, passwd);
        var all = new List<uint>();
        if (groupPart.Length > 0)
        {
            gid = FindGroup(groupPart, groups, "unable to find group ");
        }

        AddOnce(all, gid);
        if (groupPart.Length == 0 && name.Length > 0)
        {
            foreach (string[] entry in groups.Entries)
            {
                if (entry.Length > 3 && Array.IndexOf(entry[3].Split(','), name) >= 0 && TryId(entry[2], out uint member))
                {
                    AddOnce(all, member);
                }
            }
        }

        foreach (string group in groupAdd)
        {
            AddOnce(all, FindGroup(group, groups, "Unable to find group "));
        }

        return new ContainerUser(uid, gid, all.ToArray(), home);
    }

    private static (uint Uid, uint Gid, string Home, string Name) FindUser(string user, AccountFile passwd)
    {
        bool numeric = TryNumber(user, out long number);
        long wanted = user.Length == 0 ? 0 : numeric ? number : -1;
        foreach (string[] entry in passwd.Entries)
        {
            bool matches = entry.Length > 5 && TryId(entry[2], out uint id) && (wanted >= 0 ? id == wanted : entry[0] == user);
            if (matches && TryId(entry[2], out uint uid) && TryId(entry[3], out uint gid))
            {
                return (uid, gid, entry[5].Length == 0 ? "/" : entry[5], entry[0]);
            }
        }

        if (wanted < 0 && !numeric)
        {
            throw Refused($"unable to find user {user}: no matching entries in passwd file");
        }

        return (InRange(wanted), 0, "/", "");
    }

    private static uint FindGroup(string group, AccountFile groups, string complaint)
    {
        bool numeric = TryNumber(group, out long number);
        foreach (string[] entry in groups.Entries)
        {
            if (entry.Length > 2 && TryId(entry[2], out uint gid) && (numeric ? gid == number : entry[0] == group))
            {
                return gid;
            }
        }

        return numeric ? InRange(number) : throw Refused($"{complaint}{group}: no matching entries in group file");
    }

    private static uint InRange(long id)
        => id is >= 0 and <= HighestId ? (uint)id : throw Refused("uids and gids must be in range 0-2147483647");

    private static void AddOnce(List<uint> groups, uint gid)
    {
        if (!groups.Contains(gid) && groups.Count < MaxGroups)
        {
            groups.Add(gid);
        }
    }

    private static bool TryNumber(string text, out long number)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    /// <summary>(uid_t)-1 is no id: to setresuid it says "as it is", and as it is we are root.</summary>
    /// <remarks>Parsed as the type that <see cref="TryNumber"/> uses: each type's parser is 2 KB of the monitor.</remarks>
    private static bool TryId(string text, out uint id)
    {
        bool isId = TryNumber(text, out long number) && number is >= 0 and < uint.MaxValue && char.IsAsciiDigit(text[0]);
        id = isId ? (uint)number : 0;
        return isId;
    }

    private static LaunchFailedException Refused(string words) => new(LaunchFailureKind.Other, words);
}
