package ai.openlegion.agent.tools;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.json.Members;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One argument that a tool takes: of what kind it is and how large.
///
/// @param least of a number, the smallest; of a text, the fewest characters
/// @param most of a number, the largest; of a text, the most characters
record Parameter(String name, Kind kind, String description, boolean required, long least, long most) {

    enum Kind {
        TEXT("string"),
        WHOLE("integer"),
        TRUTH("boolean"),
        OBJECT("object");

        private final String schemaType;

        Kind(String schemaType) {
            this.schemaType = schemaType;
        }
    }

    /// A text that is not empty.
    static Parameter text(String name, String description, long most) {
        return new Parameter(name, Kind.TEXT, description, true, 1, most);
    }

    static Parameter whole(String name, String description, long least, long most) {
        return new Parameter(name, Kind.WHOLE, description, true, least, most);
    }

    static Parameter truth(String name, String description) {
        return new Parameter(name, Kind.TRUTH, description, true, 0, 0);
    }

    /// An object; a text that holds one as JSON counts, as models write either.
    static Parameter object(String name, String description) {
        return new Parameter(name, Kind.OBJECT, description, true, 0, 0);
    }

    Parameter optional() {
        return new Parameter(name, kind, description, false, least, most);
    }

    /// The same, of a text that may be empty.
    Parameter orEmpty() {
        return new Parameter(name, kind, description, required, 0, most);
    }

    Map<String, Object> schema() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", kind.schemaType);
        schema.put("description", description);
        if (kind == Kind.WHOLE) {
            schema.put("minimum", least);
            schema.put("maximum", most);
        }
        return schema;
    }

    /// The arguments as they may be used: only parameters, all that are required, each of its kind.
    static Members check(List<Parameter> parameters, Map<String, Object> given) throws WrongArgument {
        Map<String, Object> checked = new LinkedHashMap<>();
        var members = new Members(given);
        for (Parameter parameter : parameters) {
            if (members.any(parameter.name).isPresent()) {
                checked.put(parameter.name, parameter.value(members));
            } else if (parameter.required) {
                throw new WrongArgument(parameter.name + " is missing");
            }
        }
        for (String name : given.keySet()) {
            if (parameters.stream().noneMatch(parameter -> parameter.name.equals(name))) {
                throw new WrongArgument("there is no argument "
                        + name
                        + "; there are: "
                        + String.join(", ", parameters.stream().map(Parameter::name).toList()));
            }
        }
        return new Members(checked);
    }

    private Object value(Members given) throws WrongArgument {
        return switch (kind) {
            case TEXT -> {
                String text = given.text(name).orElseThrow(() -> wrong("a text"));
                if (text.length() < least || text.length() > most) {
                    throw wrong("a text of " + least + " to " + most + " characters");
                }
                yield text;
            }
            case WHOLE ->
                given.whole(name)
                        .filter(number -> number >= least && number <= most)
                        .orElseThrow(() -> wrong("a whole number from " + least + " to " + most));
            case TRUTH -> given.truth(name).orElseThrow(() -> wrong("true or false"));
            case OBJECT -> object(given);
        };
    }

    private Map<String, Object> object(Members given) throws WrongArgument {
        Object value = given.any(name).orElseThrow();
        if (value instanceof String text) {
            try {
                return Json.object(text);
            } catch (JsonException other) {
                throw wrong("an object");
            }
        }
        return Members.of(value).orElseThrow(() -> wrong("an object")).all();
    }

    private WrongArgument wrong(String expected) {
        return new WrongArgument(name + " must be " + expected);
    }
}
