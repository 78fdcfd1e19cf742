using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>system df: a line per kind, or with <c>-v</c> a table per kind.</summary>
internal static class SystemDfCommand
{
    public static Command Definition { get; } = new("system df", "[OPTIONS]", "Show docker disk usage",
        [FormatHelp.List, Option.Flag("verbose", "Show detailed information on space usage", 'v')], 0, 0, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        JsonElement use = await invocation.Engine.GetAsync("/system/df", invocation.CancellationToken);
        string? format = invocation.Arguments.Value("format");
        string text = !invocation.Arguments.Has("verbose") ? DiskUse.Listing.Render(format, isQuiet: false, DiskUse.Rows(use, invocation.Process.Time))
            : format is null or "" or Listing.TableWord ? Tables(new DiskUseDetails(use, new View(IsWhole: false, invocation.Process.Time)))
            : Filled(format, new DiskUseDetails(use, new View(IsWhole: true, invocation.Process.Time)));
        await invocation.Process.WriteAsync(invocation.Process.Output, text, invocation.CancellationToken);
        return 0;
    }

    private static string Tables(DiskUseDetails details)
        => "Images space usage:\n\n" + ImageListing.DiskUse.Render(null, isQuiet: false, details.Images)
           + "\nContainers space usage:\n\n" + ContainerListing.DiskUse.Render(null, isQuiet: false, details.Containers)
           + "\nLocal Volumes space usage:\n\n" + VolumeListing.DiskUse.Render(null, isQuiet: false, details.Volumes)
           + $"\nBuild cache usage: {details.BuildCacheSize}\n\n" + BuildCacheListing.Listing.Render(null, isQuiet: false, details.BuildCache);

    private static string Filled(string format, DiskUseDetails details)
    {
        StringBuilder text = new();
        try
        {
            new Template(format == "json" ? "{{json .}}" : format).Fill(text, details);
        }
        catch (TemplateException mistake)
        {
            throw new CliException(mistake.Message);
        }

        return text.ToString();
    }
}
