package ai.openlegion.evidence;

import ai.openlegion.audit.AuditEntry;
import ai.openlegion.audit.AuditKey;
import ai.openlegion.audit.Checkpoint;
import ai.openlegion.audit.Recorded;
import ai.openlegion.audit.Tail;
import ai.openlegion.json.PlainJson;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The lines of an export: each is JSON, written in one way only, so that a line that was changed is no line any more.
final class ExportFormat {

    private static final String NAME = "audit-export-1";
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private ExportFormat() {}

    /// The first line.
    ///
    /// @param after the place before the first entry in the file
    /// @param base the signed beginning of what the home keeps, as [Checkpoint#text]
    record Head(Tail after, String base, List<AuditKey> keys) {

        String line() {
            StringBuilder line = new StringBuilder(256);
            line.append("{\"openlegion\":\"").append(NAME).append("\",\"after\":{\"seq\":");
            line.append(after.seq()).append(",\"hash\":\"").append(after.hash()).append("\"},\"base\":");
            line.append(base).append(",\"keys\":[");
            for (int i = 0; i < keys.size(); i++) {
                line.append(i == 0 ? "\"" : ",\"");
                line.append(Base64.getEncoder().encodeToString(keys.get(i).encoded()));
                line.append('"');
            }
            return line.append("]}").toString();
        }

        static Head parse(String line) {
            Map<String, @Nullable Object> json = PlainJson.readObject(line);
            if (!NAME.equals(json.get("openlegion"))) {
                throw new IllegalArgumentException("no export of an audit");
            }
            Map<?, ?> after = (Map<?, ?>) given(json.get("after"));
            Map<?, ?> base = (Map<?, ?>) given(json.get("base"));
            List<AuditKey> keys = new ArrayList<>();
            for (Object each : (List<?>) given(json.get("keys"))) {
                keys.add(AuditKey.decode(Base64.getDecoder().decode((String) given(each))));
            }
            return same(
                    line,
                    new Head(
                            new Tail(number(after.get("seq")), digest(after.get("hash"))),
                            Checkpoint.parse(PlainJson.write(base)).text(),
                            keys),
                    Head::line);
        }
    }

    /// The line of an entry.
    record Entry(Recorded recorded, String hash) {

        String line() {
            AuditEntry entry = recorded.entry();
            StringBuilder line = new StringBuilder(384);
            line.append("{\"seq\":").append(recorded.seq());
            line.append(",\"time_ms\":").append(entry.timeMillis());
            text(line, "actor", entry.actor());
            text(line, "action", entry.action());
            text(line, "resource", entry.resource());
            text(line, "decision", entry.decision());
            text(line, "rule", entry.rule());
            line.append(",\"revision\":").append(entry.revision());
            text(line, "request_id", entry.requestId());
            text(line, "upstream_request_id", entry.upstreamRequestId());
            line.append(",\"cost_pico\":").append(entry.costPico());
            return line.append(",\"hash\":\"").append(hash).append("\"}").toString();
        }

        static Entry parse(String line) {
            Map<String, @Nullable Object> json = PlainJson.readObject(line);
            AuditEntry entry = new AuditEntry(
                    number(json.get("time_ms")),
                    text(json.get("actor")),
                    text(json.get("action")),
                    text(json.get("resource")),
                    text(json.get("decision")),
                    text(json.get("rule")),
                    number(json.get("revision")),
                    text(json.get("request_id")),
                    text(json.get("upstream_request_id")),
                    number(json.get("cost_pico")));
            return same(
                    line,
                    new Entry(new Recorded(number(json.get("seq")), entry), digest(json.get("hash"))),
                    Entry::line);
        }
    }

    /// The line of a checkpoint.
    static String line(Checkpoint checkpoint) {
        return CHECKPOINT + checkpoint.text() + "}";
    }

    /// What the line of a checkpoint begins with.
    static final String CHECKPOINT = "{\"checkpoint\":";

    static Checkpoint checkpoint(String line) {
        if (!line.startsWith(CHECKPOINT) || !line.endsWith("}")) {
            throw new IllegalArgumentException("not a checkpoint");
        }
        return Checkpoint.parse(line.substring(CHECKPOINT.length(), line.length() - 1));
    }

    /// What the last line begins with.
    static final String END = "{\"end\":";

    /// The last line.
    ///
    /// @param place of the last entry in the file
    /// @param sha256 in hex, of all bytes of the file before this line
    record End(Tail place, long entries, long checkpoints, String sha256) {

        String line() {
            return END + "{\"seq\":" + place.seq() + ",\"hash\":\"" + place.hash() + "\",\"entries\":" + entries
                    + ",\"checkpoints\":" + checkpoints + ",\"sha256\":\"" + sha256 + "\"}}";
        }

        static End parse(String line) {
            Map<?, ?> json = (Map<?, ?>) given(PlainJson.readObject(line).get("end"));
            return same(
                    line,
                    new End(
                            new Tail(number(json.get("seq")), digest(json.get("hash"))),
                            number(json.get("entries")),
                            number(json.get("checkpoints")),
                            digest(json.get("sha256"))),
                    End::line);
        }
    }

    private static <T> T same(String line, T parsed, Function<T, String> writer) {
        if (!writer.apply(parsed).equals(line)) {
            throw new IllegalArgumentException("not written as an export is");
        }
        return parsed;
    }

    private static void text(StringBuilder line, String name, String value) {
        line.append(",\"").append(name).append("\":\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c < 0x20) {
                line.append("\\u00").append(c < 0x10 ? '0' : '1').append(Character.forDigit(c & 0xf, 16));
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }

    private static Object given(@Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException("a member is missing");
        }
        return value;
    }

    private static String text(@Nullable Object value) {
        return (String) given(value);
    }

    private static String digest(@Nullable Object value) {
        String hash = text(value);
        if (!HASH.matcher(hash).matches()) {
            throw new IllegalArgumentException("no hash");
        }
        return hash;
    }

    private static long number(@Nullable Object value) {
        try {
            return ((BigDecimal) given(value)).longValueExact();
        } catch (ArithmeticException large) {
            throw new IllegalArgumentException("no whole number", large);
        }
    }
}
