package ai.openlegion.agent.work;

import ai.openlegion.agent.loop.Chat;
import ai.openlegion.agent.loop.RunEvents;
import ai.openlegion.agent.model.ModelFailure;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// The one chat of this agent and the queue before it: whoever comes first is answered first.
///
/// Any thread may call it.
public final class Chats {

    private static final int MOST_WAITING = 100;

    private final Chat chat;
    private final ReentrantLock turn = new ReentrantLock(true);
    private volatile long tokens;

    public Chats(Chat chat) {
        this.chat = chat;
    }

    /// Waits for its turn and answers; empty if too many wait already.
    public Optional<Chat.Turn> say(String message, RunEvents events) throws ModelFailure, InterruptedException {
        if (turn.getQueueLength() >= MOST_WAITING) {
            return Optional.empty();
        }
        turn.lockInterruptibly();
        try {
            return Optional.of(chat.say(message, events));
        } finally {
            tokens = chat.tokens();
            turn.unlock();
        }
    }

    /// Forgets the conversation, once the turn that runs has ended.
    public void reset() throws InterruptedException {
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
