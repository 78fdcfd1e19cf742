using Coracle.Wire;

namespace Coracle.Core;

public enum RestartKind
{
    No,
    Always,
    UnlessStopped,
    OnFailure,
}

/// <summary>Whether and when a container that ended is started again. Pure: the container's loop asks it after each exit.</summary>
/// <param name="MaximumRetries">Of <see cref="RestartKind.OnFailure"/>; 0 is no limit.</param>
public sealed record RestartPolicy(RestartKind Kind, int MaximumRetries)
{
    private static readonly TimeSpan _firstDelay = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan _longestDelay = TimeSpan.FromMinutes(1);

    /// <summary>A run this long was a good one: the next delay is the first again.</summary>
    private static readonly TimeSpan _goodRun = TimeSpan.FromSeconds(10);

    /// <exception cref="EngineException">Not one of Docker's policies, in Docker's words.</exception>
    public static RestartPolicy Parse(RestartPolicyConfig config)
    {
        RestartKind kind = config.Name switch
        {
            "" or "no" => RestartKind.No,
            "always" => RestartKind.Always,
            "unless-stopped" => RestartKind.UnlessStopped,
            "on-failure" => RestartKind.OnFailure,
            _ => throw Invalid($"unknown policy '{config.Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"),
        };

        if (config.MaximumRetryCount < 0)
        {
            throw Invalid("maximum retry count cannot be negative");
        }

        if (config.MaximumRetryCount > 0 && kind != RestartKind.OnFailure)
        {
            throw Invalid("maximum retry count can only be used with 'on-failure'");
        }

        return new RestartPolicy(kind, (int)Math.Min(config.MaximumRetryCount, int.MaxValue));
    }

    /// <summary>The delay before the next start, or null when it stays down.</summary>
    /// <param name="stoppedByHand">Somebody stopped or killed it since it was last started.</param>
    /// <param name="lastDelay">Zero before the first restart.</param>
    public TimeSpan? Delay(int exitCode, bool stoppedByHand, int restarts, TimeSpan ran, TimeSpan lastDelay)
    {
        bool again = !stoppedByHand && Kind switch
        {
            RestartKind.Always or RestartKind.UnlessStopped => true,
            RestartKind.OnFailure => exitCode != 0 && (MaximumRetries == 0 || restarts < MaximumRetries),
            _ => false,
        };

        if (!again)
        {
            return null;
        }

        if (lastDelay == TimeSpan.Zero || ran >= _goodRun)
        {
            return _firstDelay;
        }

        TimeSpan doubled = lastDelay * 2;
        return doubled < _longestDelay ? doubled : _longestDelay;
    }

    /// <summary>Whether the engine starts it when it starts itself, the container being down. As with Docker the count begins anew then.</summary>
    /// <param name="restarts">By the policy, since somebody last started it: what it was allowed may be used up.</param>
    public bool StartsWithEngine(int exitCode, bool stoppedByHand, int restarts) => Kind switch
    {
        RestartKind.Always => true,
        RestartKind.UnlessStopped => !stoppedByHand,
        RestartKind.OnFailure => exitCode != 0 && !stoppedByHand && (MaximumRetries == 0 || restarts < MaximumRetries),
        _ => false,
    };

    private static EngineException Invalid(string why) => new(Refusal.InvalidArgument, "invalid restart policy: " + why);
}
