using System.Text;

namespace Coracle;

/// <summary>What <c>--help</c> prints, from the table of options.</summary>
internal static class EngineHelp
{
    public static string Text(EngineDefaults defaults)
    {
        StringBuilder text = new();
        string command = defaults.Name == "coracle" ? "coracle daemon" : defaults.Name;
        text.Append($"Usage:  {command} [OPTIONS]\n\nA container engine for embedded devices.\n\nOptions:\n");
        foreach (OptionSpec spec in OptionTable.Working)
        {
            string flag = spec.Short == '\0' ? $"      --{spec.Flag}" : $"  -{spec.Short}, --{spec.Flag}";
            string kind = spec.Kind switch { OptionKind.Switch => "", OptionKind.List => " list", OptionKind.Map => " map", _ => " string" };
            text.Append($"{flag + kind,-38} {spec.Help}\n");
        }

        text.Append($"\nCalled as {defaults.Name}: socket {defaults.Socket}, group {defaults.Group}, data root {EngineDefaults.DataRoot}, ")
            .Append($"exec root {EngineDefaults.ExecRoot}, configuration {defaults.ConfigFile}\n");
        return text.ToString();
    }
}
