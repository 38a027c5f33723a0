package ai.openlegion.proxy;

import ai.openlegion.proxy.CallRequest.Maximum;
import ai.openlegion.proxy.CallRequest.Member;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The body a provider gets: the client's bytes with the model's name, the maximum and the usage flag spliced in.
public final class BodyRewrite {

    /// What an agent of the mesh door may set (`reference` parameters of the predecessor); the rest is dropped.
    private static final Set<String> ENVELOPE_MEMBERS = Set.of(
            "model",
            "messages",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "top_p",
            "stop",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "response_format",
            "seed",
            "presence_penalty",
            "frequency_penalty",
            "logit_bias",
            "n",
            "logprobs",
            "top_logprobs",
            "user",
            "thinking",
            "reasoning_effort");

    private record Edit(int from, int to, byte[] replacement) {}

    private final CallRequest request;
    private final List<Edit> edits = new ArrayList<>(4);
    private final StringBuilder inserted = new StringBuilder();
    /// The client's other spellings of the maximum, which are left out.
    private final Set<String> unspoken = new HashSet<>(2);

    private BodyRewrite(CallRequest request) {
        this.request = request;
    }

    /// The provider's body.
    ///
    /// @param upstreamModel the model's name at the provider
    /// @param maxTokens     the granted maximum of output tokens of one answer
    /// @param maxField      the provider's own spelling of the maximum, used where the client stated none
    /// @param stream        whether the provider is asked to stream
    public static Buffer upstreamBody(
            CallRequest request, String upstreamModel, long maxTokens, String maxField, boolean stream) {
        var rewrite = new BodyRewrite(request);
        rewrite.model(upstreamModel);
        rewrite.maximum(maxTokens, maxField);
        rewrite.usage(stream);
        return rewrite.build();
    }

    /// The client's body with nothing but the model's name spliced in.
    public static Buffer named(CallRequest request, String upstreamModel) {
        var rewrite = new BodyRewrite(request);
        rewrite.model(upstreamModel);
        return rewrite.build();
    }

    /// The request's own members, without what is never the client's to set, as JSON text.
    public static String ownMembers(CallRequest request) {
        var text = new StringBuilder("{");
        for (Member member : request.members) {
            boolean kept = request.enveloped
                    ? ENVELOPE_MEMBERS.contains(member.name())
                    : !CallRequest.DROPPED.contains(member.name());
            if (kept) {
                text.append(text.length() == 1 ? "" : ",")
                        .append(new String(
                                request.json,
                                member.nameStart(),
                                member.valueEnd() - member.nameStart(),
                                StandardCharsets.UTF_8));
            }
        }
        return text.append('}').toString();
    }

    private void model(String upstreamModel) {
        Member member = request.modelMember;
        if (member == null) {
            insert("model", quote(upstreamModel));
        } else if (!request.model.equals(upstreamModel)) {
            replace(member.valueStart(), member.valueEnd(), quote(upstreamModel));
        }
    }

    /// States the maximum once, in the provider's own spelling: one that it does not know would bind nothing.
    private void maximum(long granted, String field) {
        for (Maximum maximum : request.maxima) {
            Member member = maximum.member();
            if (!member.name().equals(field)) {
                unspoken.add(member.name());
            } else if (maximum.tokens() != granted) {
                replace(member.valueStart(), member.valueEnd(), Long.toString(granted));
            }
        }
        if (unspoken.size() == request.maxima.size()) {
            insert(field, Long.toString(granted));
        }
    }

    private void usage(boolean stream) {
        if (request.enveloped) {
            if (stream) {
                insert("stream", "true");
                insert("stream_options", "{\"include_usage\":true}");
            }
            return;
        }
        if (!stream || request.includeUsage) {
            return;
        }
        Member options = request.streamOptions;
        Member flag = request.includeUsageMember;
        if (options == null) {
            insert("stream_options", "{\"include_usage\":true}");
        } else if (flag != null) {
            replace(flag.valueStart(), flag.valueEnd(), "true");
        } else if (request.streamOptionsEmpty) {
            replace(options.valueStart(), options.valueEnd(), "{\"include_usage\":true}");
        } else {
            replace(options.valueStart() + 1, options.valueStart() + 1, "\"include_usage\":true,");
        }
    }

    private Buffer build() {
        edits.sort(Comparator.comparingInt(Edit::from));
        Buffer out = Buffer.buffer(request.objectEnd - request.objectStart + inserted.length() + 64);
        out.appendByte((byte) '{').appendString(inserted.toString());
        if (request.enveloped || request.dropsMembers || !unspoken.isEmpty()) {
            boolean first = inserted.isEmpty();
            for (Member member : request.members) {
                boolean kept = request.enveloped
                        ? ENVELOPE_MEMBERS.contains(member.name())
                        : !CallRequest.DROPPED.contains(member.name());
                if (kept && !unspoken.contains(member.name())) {
                    if (!first) {
                        out.appendByte((byte) ',');
                    }
                    first = false;
                    copy(out, member.nameStart(), member.valueEnd());
                }
            }
            return out.appendByte((byte) '}');
        }
        if (!inserted.isEmpty() && !request.members.isEmpty()) {
            out.appendByte((byte) ',');
        }
        copy(out, request.objectStart + 1, request.objectEnd);
        return out;
    }

    private void copy(Buffer out, int from, int to) {
        int at = from;
        for (Edit edit : edits) {
            if (edit.from >= at && edit.to <= to) {
                out.appendBytes(request.json, at, edit.from - at).appendBytes(edit.replacement);
                at = edit.to;
            }
        }
        out.appendBytes(request.json, at, to - at);
    }

    private void insert(String name, String rawValue) {
        if (!inserted.isEmpty()) {
            inserted.append(',');
        }
        inserted.append('"').append(name).append("\":").append(rawValue);
    }

    private void replace(int from, int to, String raw) {
        edits.add(new Edit(from, to, raw.getBytes(StandardCharsets.UTF_8)));
    }

    private static String quote(String text) {
        return Json.encode(text);
    }
}
