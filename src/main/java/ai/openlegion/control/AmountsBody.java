package ai.openlegion.control;

import ai.openlegion.budget.Limits;
import ai.openlegion.budget.Usd;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A request body that is one JSON object of USD amounts, read strictly.
sealed interface AmountsBody {

    /// The amounts that were given, in pico-USD, each between 0 and 9,000,000 USD.
    record Given(Map<String, Long> pico) implements AmountsBody {}

    /// It is no such object: 400 for what is not JSON or has unknown members, 422 for a wrong type or amount.
    record Flawed(Answer answer) implements AmountsBody {}

    /// Reads a body in which these members, and no others, may stand.
    static AmountsBody parse(byte[] body, Set<String> members) {
        return AmountsReader.parse(body, members);
    }
}

/// The strict reader behind [AmountsBody].
final class AmountsReader {

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNumberLength(400)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final int NAMES_TOLD = 8;
    private static final int NAME_CHARS = 64;

    private final Set<String> members;
    private final Map<String, Long> pico = new HashMap<>();
    private final List<String> unknown = new ArrayList<>();
    private final List<String> flaws = new ArrayList<>();

    private AmountsReader(Set<String> members) {
        this.members = members;
    }

    static AmountsBody parse(byte[] body, Set<String> members) {
        AmountsReader reader = new AmountsReader(members);
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException invalid) {
            return flawed(400, "the body is not valid UTF-8");
        }
        try (JsonParser json = JSON.createParser(text)) {
            JsonToken first = json.nextToken();
            if (first == null) {
                return flawed(400, "the body is empty; it must be a JSON object");
            }
            if (first == JsonToken.START_OBJECT) {
                reader.readMembers(json);
            } else {
                json.skipChildren();
                reader.flaws.add("the body must be a JSON object");
            }
            if (json.nextToken() != null) {
                return flawed(400, "something follows the JSON object");
            }
        } catch (StreamConstraintsException beyond) {
            return flawed(400, "the body is nested too deeply or holds a number that is too long");
        } catch (IOException malformed) {
            return flawed(400, "the body is not well-formed JSON, or names a member twice");
        }
        return reader.outcome();
    }

    private void readMembers(JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (!members.contains(name)) {
                json.skipChildren();
                unknown.add(name);
            } else if (value == JsonToken.VALUE_NUMBER_INT || value == JsonToken.VALUE_NUMBER_FLOAT) {
                readAmount(name, json);
            } else {
                json.skipChildren();
                flaws.add(name + " must be a number");
            }
        }
    }

    private void readAmount(String name, JsonParser json) throws IOException {
        try {
            long amount = Usd.parse(json.getDecimalValue());
            if (amount < 0 || amount > Limits.MAX_PICO) {
                flaws.add(name + " must be between 0 and 9000000");
            } else {
                pico.put(name, amount);
            }
        } catch (ArithmeticException inexact) {
            flaws.add(name + " must be between 0 and 9000000, with at most 12 decimals");
        }
    }

    private AmountsBody outcome() {
        if (!unknown.isEmpty()) {
            String names = String.join(
                    ", ",
                    unknown.stream().limit(NAMES_TOLD).map(AmountsReader::shown).toList());
            return flawed(
                    400,
                    "unknown member" + (unknown.size() == 1 ? " " : "s ") + names + "; known: "
                            + String.join(", ", members.stream().sorted().toList()));
        }
        if (!flaws.isEmpty()) {
            return flawed(422, String.join("; ", flaws));
        }
        return new AmountsBody.Given(Map.copyOf(pico));
    }

    private static String shown(String name) {
        return name.length() <= NAME_CHARS ? name : name.substring(0, NAME_CHARS) + "…";
    }

    private static AmountsBody flawed(int status, String detail) {
        return new AmountsBody.Flawed(Answer.refused(status, detail));
    }
}
