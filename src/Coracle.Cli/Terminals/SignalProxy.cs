using System.Runtime.InteropServices;

namespace Coracle.Cli;

/// <summary>Our signals become the container's: what a person or a service manager sends to this process is meant for the program in there.</summary>
internal sealed class SignalProxy : IAsyncDisposable
{
    private const int FirstRealTime = 35;
    private const int LastRealTime = 64;

    /// <summary>
    /// All of Linux but those that cannot be caught (9, 19), that tell of our own children, pipes and urgent data (13, 17, 23), and that
    /// are faults of this very process; 32 to 34 belong to the C library and the runtime.
    /// </summary>
    private static readonly (int Number, string Name)[] _names =
    [
        (1, "HUP"), (2, "INT"), (3, "QUIT"), (10, "USR1"), (12, "USR2"), (14, "ALRM"), (15, "TERM"), (16, "STKFLT"), (18, "CONT"), (20, "TSTP"),
        (21, "TTIN"), (22, "TTOU"), (24, "XCPU"), (25, "XFSZ"), (26, "VTALRM"), (27, "PROF"), (28, "WINCH"), (29, "IO"), (30, "PWR"), (31, "SYS"),
    ];

    private readonly EngineClient _engine;
    private readonly string _container;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _turn = new();
    private Task _sending = Task.CompletedTask;

    /// <param name="container">Escaped for a path.</param>
    public SignalProxy(EngineClient engine, string container)
    {
        _engine = engine;
        _container = container;
        foreach ((int number, string name) in _names)
        {
            Register(number, name);
        }

        for (int number = FirstRealTime; number <= LastRealTime; number++)
        {
            Register(number, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _registrations.ForEach(r => r.Dispose());
        Task sending;
        lock (_turn)
        {
            sending = _sending;
        }

        await sending;
    }

    private void Register(int number, string name)
        => _registrations.Add(PosixSignalRegistration.Create((PosixSignal)number, context =>
        {
            context.Cancel = true;
            lock (_turn)
            {
                // In the order they came: HUP before TERM is not TERM before HUP.
                _sending = SendAfterAsync(_sending, name);
            }
        }));

    private async Task SendAfterAsync(Task before, string name)
    {
        await before;
        try
        {
            await _engine.DoAsync("POST", $"/containers/{_container}/kill?signal={name}", CancellationToken.None);
        }
        catch (Exception late) when (late is EngineRefusedException or CliException or IOException)
        {
            // It is gone already, or not there yet.
        }
    }
}
