package ai.openlegion.identity;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An immutable table from token to caller that holds only hashes of the tokens.
public final class TokenTable {

    /* Open addressing over the digest: an even hash already, so a slot is four of its bytes, and the table is at least
     * twice as large as its content, which keeps runs short. Whoever could steer a probe would have to choose tokens by
     * their SHA-256 and would learn four bytes of a hash, which is nothing. */
    private final @Nullable Entry[] slots;

    private TokenTable(@Nullable Entry[] slots) {
        this.slots = slots;
    }

    /// A table that knows these agents by these tokens.
    ///
    /// @throws IllegalArgumentException when two agents share a token
    public static TokenTable of(Map<AgentId, String> tokens) {
        Map<AgentId, TokenDigest> digests = new HashMap<>();
        tokens.forEach((agent, token) -> digests.put(agent, TokenDigest.of(token)));
        return ofDigests(digests);
    }

    /// This table, with these agents known by these tokens and by no others.
    ///
    /// @throws IllegalArgumentException when two agents share a token
    public TokenTable with(Map<AgentId, TokenDigest> more) {
        Map<AgentId, TokenDigest> digests = new HashMap<>();
        for (Entry entry : slots) {
            if (entry != null) {
                digests.put(entry.caller.agent(), entry.digest);
            }
        }
        digests.putAll(more);
        return ofDigests(digests);
    }

    private static TokenTable ofDigests(Map<AgentId, TokenDigest> digests) {
        @Nullable Entry[] slots = new @Nullable Entry[Integer.highestOneBit(digests.size() + 1) * 4];
        TokenTable table = new TokenTable(slots);
        digests.forEach((agent, digest) -> {
            if (table.find(digest) != null) {
                throw new IllegalArgumentException("two agents share a token: " + agent);
            }
            int slot = digest.slot() & (slots.length - 1);
            while (slots[slot] != null) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = new Entry(digest, new Caller(agent));
        });
        return table;
    }

    /// Whose token this is; null when it is nobody's.
    public @Nullable Caller find(String token) {
        return token.length() > TokenDigest.LONGEST_TOKEN ? null : find(TokenDigest.of(token));
    }

    private @Nullable Caller find(TokenDigest digest) {
        int slot = digest.slot() & (slots.length - 1);
        while (true) {
            Entry entry = slots[slot];
            if (entry == null) {
                return null;
            }
            if (entry.digest.matches(digest)) {
                return entry.caller;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
    }

    private record Entry(TokenDigest digest, Caller caller) {}
}
