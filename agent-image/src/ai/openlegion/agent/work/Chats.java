package ai.openlegion.agent.work;

import ai.openlegion.agent.loop.Chat;
import ai.openlegion.agent.loop.RunEvents;
import ai.openlegion.agent.model.ModelFailure;
import ai.openlegion.agent.self.Alarm;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// The one chat of this agent and the queue before it: whoever comes first is answered first.
///
/// Any thread may call it.
public final class Chats {

    private static final int MOST_WAITING = 100;

    /// Of one turn: others wait for it.
    private static final Duration TURN = Duration.ofMinutes(15);

    private final Chat chat;
    private final Duration limit;
    private final ReentrantLock turn = new ReentrantLock(true);
    private volatile Optional<Alarm> running = Optional.empty();
    private volatile long tokens;

    public Chats(Chat chat) {
        this(chat, TURN);
    }

    Chats(Chat chat, Duration limit) {
        this.chat = chat;
        this.limit = limit;
    }

    /// Waits for its turn and answers; empty if too many wait already. A turn that takes too long, or that a reset ends,
    /// answers with that.
    public Optional<Chat.Turn> say(String message, RunEvents events) throws ModelFailure, InterruptedException {
        if (turn.getQueueLength() >= MOST_WAITING) {
            return Optional.empty();
        }
        turn.lockInterruptibly();
        var alarm = Alarm.after(limit, "The turn took longer than " + limit.toSeconds() + " s and was ended");
        running = Optional.of(alarm);
        try {
            return Optional.of(chat.say(message, events, alarm::off));
        } finally {
            running = Optional.empty();
            var _ = alarm.off();
            tokens = chat.tokens();
            turn.unlock();
        }
    }

    /// Tells the turn that runs, or else the next one; false if too many such words wait.
    public boolean steer(String message) {
        return chat.steer(message);
    }

    /// Ends the turn that runs and forgets the conversation.
    public void reset() throws InterruptedException {
        running.ifPresent(alarm -> alarm.ring("The conversation was reset"));
        turn.lockInterruptibly();
        try {
            chat.reset();
            tokens = chat.tokens();
        } finally {
            turn.unlock();
        }
    }

    public boolean isRunning() {
        return turn.isLocked();
    }

    /// How many wait for their turn.
    public int waiting() {
        return turn.getQueueLength();
    }

    /// Roughly how many tokens the conversation took after its last turn.
    public long tokens() {
        return tokens;
    }
}
