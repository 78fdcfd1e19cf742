using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Cli;

/// <summary><c>--env-file</c> and <c>-e</c>: the files first, then the options; a name without value is taken from our own environment.</summary>
internal static class EnvironmentOptions
{
    private const int MaxFileBytes = 1 << 20;

    /// <exception cref="CliException">A file that cannot be read, or a line that is no variable.</exception>
    public static List<string> Read(ParsedArguments arguments, CliProcess process)
    {
        List<string> variables = [];
        foreach (string file in arguments.Values("env-file"))
        {
            foreach (string line in Lines(file))
            {
                Add(variables, line, process);
            }
        }

        foreach (string variable in arguments.Values("env"))
        {
            Add(variables, variable, process);
        }

        return variables;
    }

    private static void Add(List<string> variables, string variable, CliProcess process)
    {
        int equals = variable.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? variable : variable[..equals];
        if (name.Length == 0 || name.Any(char.IsWhiteSpace))
        {
            throw new CliException($"invalid argument \"{variable}\" for \"-e, --env\" flag: invalid environment variable: {variable}");
        }

        string? whole = equals >= 0 ? variable : process.Environment.TryGetValue(name, out string? value) ? $"{name}={value}" : null;
        if (whole is not null)
        {
            variables.RemoveAll(v => v.StartsWith(name + "=", StringComparison.Ordinal));
            variables.Add(whole);
        }
    }

    private static IEnumerable<string> Lines(string file)
        => Encoding.UTF8.GetString(Content(file)).Split('\n')
            .Select(line => line.TrimEnd('\r').TrimStart())
            .Where(line => line.Length > 0 && line[0] != '#');

    private static byte[] Content(string file)
    {
        try
        {
            string path = Path.GetFullPath(file);
            using DirectoryHandle directory = DirectoryHandle.Open(Path.GetDirectoryName(path)!);
            using SafeFileHandle handle = directory.OpenRead(Path.GetFileName(path));
            byte[] content = new byte[(int)Math.Min(RandomAccess.GetLength(handle), MaxFileBytes)];
            int count = RandomAccess.Read(handle, content, 0);
            return content[..count];
        }
        catch (IOException)
        {
            throw new CliException($"open {file}: no such file or directory");
        }
    }
}
