package ai.openlegion.proxy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A scanned OpenAI chat request: where its members lie in the client's bytes, and what it can cost at most.
///
/// The bytes themselves are never re-serialised: [BodyRewrite] splices what must change and copies the rest.
public final class CallRequest {

    /// The outcome of reading a body.
    public sealed interface Scan {
        /// A well-formed request.
        record Valid(CallRequest request) implements Scan {}

        /// A body that is not a request; `status` is 400 or 422 and `param` names the member at fault.
        record Malformed(
                int status, String message, @Nullable String param) implements Scan {}
    }

    /// A member of the chat object: its name and the byte offsets of name, value start and value end.
    record Member(String name, int nameStart, int valueStart, int valueEnd) {}

    /// A member that states a maximum of output tokens; 0 where its value is null.
    record Maximum(Member member, long tokens) {}

    /// Members that are ours to set, never the client's (`gateway.md`): dropped.
    static final Set<String> DROPPED =
            Set.of("api_key", "api_base", "base_url", "extra_headers", "extra_body", "custom_llm_provider", "agent_id");

    private static final byte[] SEAL = "\"ol1.".getBytes(StandardCharsets.US_ASCII);

    byte[] json;
    final boolean enveloped;
    final List<Member> members = new ArrayList<>(12);
    final List<Maximum> maxima = new ArrayList<>(2);
    int objectStart;
    int objectEnd;

    @Nullable
    Member modelMember;

    @Nullable
    Member streamOptions;

    @Nullable
    Member includeUsageMember;

    boolean streamOptionsEmpty = true;
    boolean dropsMembers;

    String service = "";
    String action = "";
    double timeoutSeconds = 30;

    @Nullable
    String agentId;

    String model = "";
    boolean stream;
    boolean includeUsage;
    int choices = 1;
    int messageCount;
    int toolCount;
    int objectCount;
    long textBytes;
    long thinkingBudget;
    boolean hasImages;
    boolean longCache;
    boolean namesStored;
    boolean embeds;
    long instructionBytes;

    CallRequest(byte[] json, boolean enveloped) {
        this.json = json;
        this.enveloped = enveloped;
    }

    /// Reads a chat request as it comes on the OpenAI door.
    public static Scan scan(byte[] json) {
        return ChatRequestReader.read(new CallRequest(json, false));
    }

    /// Reads the mesh's own envelope `{service, action, params, timeout}`; `params` is the chat object.
    public static Scan scanEnvelope(byte[] json) {
        return ChatRequestReader.read(new CallRequest(json, true));
    }

    /// Reads a request as it comes on the Anthropic door.
    public static Scan scanMessages(byte[] json) {
        return MessagesRequestReader.read(new CallRequest(json, false));
    }

    /// Reads a Responses request.
    public static Scan scanResponses(byte[] json) {
        return ResponsesRequestReader.read(new CallRequest(json, false));
    }

    /// Reads an OpenAI embeddings request.
    public static Scan scanEmbeddings(byte[] json) {
        return EmbeddingsRequestReader.read(new CallRequest(json, false));
    }

    /// Records the envelope of the mesh door that this request was made from.
    public void cameIn(String itsService, String itsAction, @Nullable String claimedAgent, long timeoutMillis) {
        service = itsService;
        action = itsAction;
        agentId = claimedAgent;
        timeoutSeconds = timeoutMillis / 1000.0;
    }

    /// Whether vectors are asked for, not an answer.
    public boolean embeds() {
        return embeds;
    }

    /// The envelope's service; empty on the OpenAI door.
    public String service() {
        return service;
    }

    /// The envelope's action; empty on the OpenAI door.
    public String action() {
        return action;
    }

    /// Whether the chat object is there at all; the envelope may leave it out.
    public boolean hasParams() {
        return objectStart >= 0;
    }

    /// How long the caller of the mesh door waits, in milliseconds.
    public long timeoutMillis() {
        return (long) (timeoutSeconds * 1000);
    }

    /// The agent the body claims to come from, if it says; it must be the token's.
    public @Nullable String agentId() {
        return agentId;
    }

    /// The model's name as the client wrote it.
    public String model() {
        return model;
    }

    /// Whether the client asked for a stream.
    public boolean stream() {
        return stream;
    }

    /// Whether the client asked for the usage frame at the end of a stream.
    public boolean includeUsage() {
        return includeUsage;
    }

    /// `n`: the answers wanted, 1 to 128.
    public int choices() {
        return choices;
    }

    /// Whether a message carries an image, whose tokens no count of bytes bounds.
    public boolean hasImages() {
        return hasImages;
    }

    /// Whether some of the input is to be written to the provider's cache for an hour, which costs more than the usual
    /// five minutes.
    public boolean longCache() {
        return longCache;
    }

    /// Whether the input names reasoning that its provider may have stored, and does not hold it: how long it is cannot
    /// be told.
    public boolean namesStored() {
        return namesStored;
    }

    /// Tokens of thinking the request itself asks for; a clamp never goes below.
    public long thinkingBudget() {
        return thinkingBudget;
    }

    /// The smallest maximum of output tokens the client stated, or 0 if it stated none.
    public long statedMaximum() {
        long smallest = 0;
        for (Maximum maximum : maxima) {
            if (maximum.tokens > 0) {
                smallest = smallest == 0 ? maximum.tokens : Math.min(smallest, maximum.tokens);
            }
        }
        return smallest;
    }

    /// An upper bound of the input's tokens: no byte-level tokenizer makes more tokens than there are UTF-8 bytes;
    /// the fixed sums cover what chat templates add for each message, each nested object, each tool and for having
    /// tools at all (OpenAI documents 3 to 4 tokens a message, Anthropic up to 346 for tools).
    public long inputTokenBound() {
        return textBytes + instructionBytes * messageCount + TokenBound.overhead(messageCount, objectCount, toolCount);
    }

    /// Whether some string in it begins like reasoning that was wrapped for another dialect
    /// ([ai.openlegion.dialect.Part.Seal]).
    public boolean holdsSeal() {
        byte[] mark = SEAL;
        for (int at = json.length - mark.length; at >= 0; at--) {
            if (json[at] == '"' && Arrays.equals(json, at, at + mark.length, mark, 0, mark.length)) {
                return true;
            }
        }
        return false;
    }

    /// Lets go of the bytes once they are sent: a stream may go on for long after.
    public void forget() {
        json = new byte[0];
        members.clear();
        maxima.clear();
    }

    /// The request's text, for an exact count.
    public byte[] bytes() {
        return json;
    }

    long overheadTokens() {
        return TokenBound.overhead(messageCount, objectCount, toolCount);
    }

    /// Records where a member of the chat object lies.
    void add(Member member) {
        members.add(member);
        dropsMembers |= DROPPED.contains(member.name);
    }
}
