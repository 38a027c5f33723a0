package ai.openlegion.proxy;

import ai.openlegion.json.StrictJson;
import ai.openlegion.proxy.CallRequest.Maximum;
import ai.openlegion.proxy.CallRequest.Member;
import ai.openlegion.proxy.CallRequest.Scan;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// One strict pass over a request's bytes that fills a [CallRequest] or says what is wrong with it; each dialect's
/// members are read by a subclass.
abstract class RequestReader {

    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

    /// A request that is not served, with the member at fault.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;
        final int status;
        final @Nullable String param;

        Refused(int status, String message, @Nullable String param) {
            super(message, null, false, false);
            this.status = status;
            this.param = param;
        }

        String text() {
            return String.valueOf(getMessage());
        }
    }

    /// Makes the reader of a dialect.
    interface Maker {
        RequestReader make(CallRequest request, JsonParser parser);
    }

    final CallRequest request;
    final JsonParser parser;

    RequestReader(CallRequest request, JsonParser parser) {
        this.request = request;
        this.parser = parser;
    }

    /// Reads the document, on whose opening brace the parser stands.
    void document() throws IOException, Refused {
        object();
    }

    /// Reads the value on which the parser stands, to its end.
    abstract void value(String name, JsonToken token) throws IOException, Refused;

    /// Counts what a member that was read adds to the input, and remembers it where it will be changed.
    abstract void read(Member member, JsonToken token) throws IOException, Refused;

    static Scan read(CallRequest request, Maker maker) {
        if (!StrictJson.isUtf8Object(request.json)) {
            return new Scan.Malformed(400, "The body must be one JSON object in UTF-8", null);
        }
        try (JsonParser parser = StrictJson.strict(request.json)) {
            RequestReader reader = maker.make(request, parser);
            var _ = parser.nextToken();
            reader.document();
            if (parser.nextToken() != null) {
                return new Scan.Malformed(400, "The body has more than one JSON value", null);
            }
            return new Scan.Valid(request);
        } catch (Refused refused) {
            return new Scan.Malformed(refused.status, refused.text(), refused.param);
        } catch (StreamConstraintsException tooMuch) {
            return new Scan.Malformed(400, "The JSON is nested deeper than 64 levels or has an oversized token", null);
        } catch (JsonProcessingException malformed) {
            return new Scan.Malformed(400, where(malformed), null);
        } catch (IOException truncated) {
            return new Scan.Malformed(400, "The body is not complete JSON", null);
        }
    }

    /// Jackson's own text quotes the body; only its position is passed on.
    private static String where(JsonProcessingException malformed) {
        String reason = String.valueOf(malformed.getOriginalMessage()).startsWith("Duplicate field")
                ? "The JSON has a duplicate key"
                : "The body is not well-formed JSON";
        var location = malformed.getLocation();
        return location == null
                ? reason
                : reason + " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    /// Reads the members of the object on which the parser stands.
    final void object() throws IOException, Refused {
        request.objectStart = start();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            int nameStart = start();
            JsonToken token = parser.nextToken();
            int valueStart = start();
            if (GovernedMembers.isDisguised(name)) {
                throw disguised(name);
            }
            if (GovernedMembers.isPriced(name) && token != JsonToken.VALUE_NULL) {
                throw new Refused(400, name + " changes the price of a call and is not in the price table", name);
            }
            value(name, token);
            var member = new Member(name, nameStart, valueStart, position());
            request.add(member);
            read(member, token);
        }
        request.objectEnd = position();
    }

    /// The name of the member on which the parser stands, inside of what decides how much a call costs.
    final String nested() throws IOException, Refused {
        String name = parser.currentName();
        if (GovernedMembers.isDisguisedInside(name)) {
            throw disguised(name);
        }
        return name;
    }

    private static Refused disguised(String name) {
        return new Refused(400, "A key that differs from a known one only in case is refused: " + name, name);
    }

    final void maximum(Member member, JsonToken token) throws IOException, Refused {
        if (token == JsonToken.VALUE_NULL) {
            request.maxima.add(new Maximum(member, 0));
            return;
        }
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw new Refused(400, member.name() + " must be an integer", member.name());
        }
        BigInteger value = parser.getBigIntegerValue();
        if (value.signum() <= 0) {
            throw new Refused(400, member.name() + " must be at least 1", member.name());
        }
        request.maxima.add(new Maximum(member, value.min(LONG_MAX).longValueExact()));
    }

    /// Remembers the tokens of thinking that the object on which the parser stands asks for: `budget_tokens` of
    /// Anthropic's `thinking`, which other servers know too, or `max_tokens` of OpenRouter's `reasoning`.
    ///
    /// @param budgetName its member that states them
    final void thinking(String name, String budgetName, JsonToken token) throws IOException, Refused {
        if (token != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isBudget = parser.currentName().equals(budgetName);
            JsonToken value = parser.nextToken();
            if (isBudget && value == JsonToken.VALUE_NUMBER_INT) {
                BigInteger budget = parser.getBigIntegerValue();
                if (budget.signum() < 0 || budget.bitLength() > 31) {
                    throw new Refused(400, name + "." + budgetName + " is out of range", name);
                }
                request.thinkingBudget = Math.max(request.thinkingBudget, budget.longValueExact());
            } else {
                parser.skipChildren();
            }
        }
    }

    /// Reads how long a part of the input is to stay in the provider's cache, which an hour makes dearer.
    final void cacheControl(JsonToken token) throws IOException, Refused {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        if (token != JsonToken.START_OBJECT) {
            throw new Refused(400, "cache_control must be an object", "cache_control");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isTtl = nested().equals("ttl");
            JsonToken value = parser.nextToken();
            if (!isTtl || value == JsonToken.VALUE_NULL) {
                parser.skipChildren();
            } else if (value == JsonToken.VALUE_STRING && parser.getText().equals("1h")) {
                request.longCache = true;
            } else if (value != JsonToken.VALUE_STRING || !parser.getText().equals("5m")) {
                throw new Refused(400, "cache_control.ttl must be \"5m\" or \"1h\"", "cache_control");
            }
        }
    }

    final void serviceTier(JsonToken token) throws IOException, Refused {
        boolean standard = token == JsonToken.VALUE_NULL
                || (token == JsonToken.VALUE_STRING && parser.getText().equals("default"));
        if (!standard) {
            throw new Refused(400, "service_tier other than \"default\" changes the price of a call", "service_tier");
        }
    }

    final boolean flag(String name, JsonToken token) throws Refused {
        return switch (token) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            default -> throw new Refused(400, name + " must be true or false", name); // open: any other token
        };
    }

    final String text(String name, int status) throws IOException, Refused {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new Refused(status, name + " must be a string", name);
        }
        return parser.getText();
    }

    final int start() {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    final int position() throws IOException {
        parser.finishToken();
        return (int) parser.currentLocation().getByteOffset();
    }
}
