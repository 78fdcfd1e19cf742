using Coracle.Core;

namespace Coracle.Tests.Core;

public sealed class ContainerLifecycleTests
{
    // One row per phase, one letter per event in the order of the enum:
    // StartAsked Started StartFailed Found FoundPaused SignalAsked PauseAsked PauseDone ResumeAsked ResumeDone ProcessExited ExitedForRestart RestartDue
    // RenameAsked RemoveAsked RemoveFailed Removed RestartFailed
    // C created, S starting, R running, P paused, W restarting (waiting), X exited, V removing, G removed (gone), - not allowed.
    private static readonly Dictionary<ContainerPhase, string> _table = new()
    {
        [ContainerPhase.Created] = "S------------C-CV--C",
        [ContainerPhase.Starting] = "-RX--S-------SSS---S",
        [ContainerPhase.Running] = "---RPRRP--XW-R-R---R",
        [ContainerPhase.Paused] = "----PP--PRXW-P-P---P",
        [ContainerPhase.Restarting] = "-----X------SW-W---W",
        [ContainerPhase.Exited] = "S------------X-XV--X",
        [ContainerPhase.Removing] = "-----------------XGV",
        [ContainerPhase.Removed] = "--------------------",
    };

    private static readonly Dictionary<char, ContainerPhase?> _letters = new()
    {
        ['C'] = ContainerPhase.Created,
        ['S'] = ContainerPhase.Starting,
        ['R'] = ContainerPhase.Running,
        ['P'] = ContainerPhase.Paused,
        ['W'] = ContainerPhase.Restarting,
        ['X'] = ContainerPhase.Exited,
        ['V'] = ContainerPhase.Removing,
        ['G'] = ContainerPhase.Removed,
        ['-'] = null,
    };

    [Fact]
    public void Every_event_in_every_phase_does_what_the_table_says()
    {
        ContainerEvent[] events = Enum.GetValues<ContainerEvent>();
        foreach (ContainerPhase phase in Enum.GetValues<ContainerPhase>())
        {
            string row = _table[phase];
            Assert.Equal(events.Length, row.Length);
            for (int i = 0; i < events.Length; i++)
            {
                Assert.True(
                    _letters[row[i]] == ContainerLifecycle.Next(phase, events[i]), $"{phase} + {events[i]}: expected {row[i]}");
            }
        }
    }
}
