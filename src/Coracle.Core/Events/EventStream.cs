using System.Threading.Channels;

namespace Coracle.Core;

/// <summary>What the engine did to one of its nouns, in Docker's words.</summary>
/// <param name="Type"><c>container</c>, <c>image</c>, <c>network</c>, <c>volume</c> or <c>daemon</c>.</param>
/// <param name="Action">Docker's verb: <c>create</c>, <c>start</c>, <c>die</c>, <c>pull</c>, <c>tag</c> …</param>
/// <param name="ActorId">The container's id, the image's reference or id.</param>
/// <param name="Attributes">Docker's: <c>name</c>, <c>image</c>, labels, <c>exitCode</c>, <c>signal</c> …</param>
public sealed record EngineEvent(
    string Type, string Action, string ActorId, IReadOnlyDictionary<string, string> Attributes, DateTimeOffset At);

/// <summary>
/// Every event of this engine since it started: the last 256 are kept for <c>since=</c>, and each subscriber gets its own
/// bounded queue. A subscriber that reads too slowly loses its connection, never the engine's time.
/// </summary>
public sealed class EventStream(TimeProvider time)
{
    /// <summary>As many as Docker keeps.</summary>
    private const int Remembered = 256;

    private const int QueueLength = 1024;

    private readonly Lock _lock = new();
    private readonly Queue<EngineEvent> _past = new(Remembered);
    private readonly List<Channel<EngineEvent>> _subscribers = [];

    /// <summary>How many listen now.</summary>
    public int Listeners
    {
        get
        {
            lock (_lock)
            {
                return _subscribers.Count;
            }
        }
    }

    /// <param name="at">When it happened, if that was not now.</param>
    public void Publish(
        string type, string action, string actorId, IReadOnlyDictionary<string, string> attributes, DateTimeOffset? at = null)
    {
        EngineEvent happened = new(type, action, actorId, attributes, at ?? time.GetUtcNow());
        lock (_lock)
        {
            if (_past.Count == Remembered)
            {
                _past.Dequeue();
            }

            _past.Enqueue(happened);
            foreach (Channel<EngineEvent> subscriber in _subscribers)
            {
                if (!subscriber.Writer.TryWrite(happened))
                {
                    subscriber.Writer.TryComplete();
                }
            }
        }
    }

    /// <summary>The remembered events and, in one step so that none falls between, a queue of all that follow.</summary>
    public (IReadOnlyList<EngineEvent> Past, EventSubscription Next) Subscribe()
    {
        Channel<EngineEvent> channel = Channel.CreateBounded<EngineEvent>(QueueLength);
        lock (_lock)
        {
            _subscribers.Add(channel);
            return ([.. _past], new EventSubscription(channel.Reader, () => Unsubscribe(channel)));
        }
    }

    private void Unsubscribe(Channel<EngineEvent> channel)
    {
        lock (_lock)
        {
            _subscribers.Remove(channel);
        }
    }
}

/// <summary>One listener's queue; disposing it ends the listening.</summary>
public sealed class EventSubscription(ChannelReader<EngineEvent> reader, Action unsubscribe) : IDisposable
{
    /// <summary>Completes when the listener was too slow and has been cut off.</summary>
    public ChannelReader<EngineEvent> Reader => reader;

    public void Dispose() => unsubscribe();
}
