package ai.openlegion.config;

import ai.openlegion.config.Node.Field;
import ai.openlegion.config.Node.Fields;
import ai.openlegion.config.Node.Items;
import ai.openlegion.config.Node.Kind;
import ai.openlegion.config.Node.Scalar;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A mapping of a configuration file, read key by key; what nobody asked for by [#end] is an unknown key.
///
/// A getter answers its default both where the key is absent and where its value is wrong, which is then a problem, so
/// that reading goes on to the end of the file.
final class Tree {

    private static final int LONGEST_SHOWN = 80;

    private final String file;
    private final String path;
    private final int line;
    private final Map<String, Field> fields;
    private final Problems problems;
    private final Set<String> known = new LinkedHashSet<>();

    private Tree(String file, String path, int line, Map<String, Field> fields, Problems problems) {
        this.file = file;
        this.path = path;
        this.line = line;
        this.fields = fields;
        this.problems = problems;
    }

    /// One text of a list, with the place where it stands.
    record Text(String value, int line, String path) {}

    /// A mapping that holds nothing.
    static Tree empty(String file, Problems problems) {
        return new Tree(file, "", 0, Map.of(), problems);
    }

    /// The mapping that a YAML file holds; nothing, with a problem, when it cannot be read at all.
    static Optional<Tree> yaml(Source source, Problems problems) {
        return YamlReader.read(source, problems).flatMap(root -> root(source.file(), root, problems));
    }

    /// The object that a JSON file holds; nothing, with a problem, when it is not even JSON.
    static Optional<Tree> json(Source source, Problems problems) {
        return JsonReader.read(source, problems).flatMap(root -> root(source.file(), root, problems));
    }

    private static Optional<Tree> root(String file, Node root, Problems problems) {
        Tree tree = empty(file, problems).mapping("", root.line(), root);
        boolean isMapping = root instanceof Fields || (root instanceof Scalar scalar && scalar.kind() == Kind.EMPTY);
        return isMapping ? Optional.of(tree) : Optional.empty();
    }

    /// Where this mapping begins.
    int line() {
        return line;
    }

    /// The dotted path of this mapping; empty at the root.
    String path() {
        return path;
    }

    /// The same mapping under the path by which a reader knows it: `steps.research` instead of `steps[0]`.
    Tree named(String name) {
        Tree same = new Tree(file, name, line, fields, problems);
        boolean _ = same.known.addAll(known);
        return same;
    }

    boolean has(String key) {
        return fields.containsKey(key);
    }

    /// The line of a key, or of this mapping where the key is absent.
    int line(String key) {
        Field field = fields.get(key);
        return field == null ? line : field.line();
    }

    /// The mapping under a key; an empty one where it is absent or is none.
    Tree section(String key) {
        Field field = ask(key);
        return field == null
                ? new Tree(file, child(key), line, Map.of(), problems)
                : mapping(child(key), field.line(), field.value());
    }

    /// Every key with the mapping under it; every key is a name the operator chose.
    Map<String, Tree> sections() {
        Map<String, Tree> sections = new LinkedHashMap<>();
        for (String key : fields.keySet()) {
            sections.put(key, section(key));
        }
        return sections;
    }

    /// Every key; each is a name the operator chose.
    Set<String> names() {
        known.addAll(fields.keySet());
        return fields.keySet();
    }

    /// A text that is not blank.
    Optional<String> text(String key) {
        Field field = ask(key);
        return field == null
                ? Optional.empty()
                : text(field.value(), child(key), field.line()).map(Text::value);
    }

    /// Whether a key that must be there is; a problem when not.
    boolean requiredKey(String key) {
        var _ = ask(key);
        boolean there = fields.containsKey(key);
        if (!there) {
            problems.add(file, line, child(key), "is missing");
        }
        return there;
    }

    /// A text that may be empty.
    String prose(String key, int longest) {
        Field field = ask(key);
        if (field != null
                && field.value() instanceof Scalar(int _, Kind kind, String text)
                && (kind == Kind.EMPTY || (kind == Kind.TEXT && text.isBlank()))) {
            return "";
        }
        String text = text(key).orElse("");
        if (text.length() > longest) {
            problem(key, "must have at most " + longest + " characters");
        }
        return text;
    }

    /// One of a few words.
    Optional<String> choice(String key, List<String> words) {
        Optional<String> text = text(key);
        if (text.isPresent() && !words.contains(text.get())) {
            problem(key, "must be " + oneOf(words) + Nearest.hint(text.get(), words));
            return Optional.empty();
        }
        return text;
    }

    /// Yes or no.
    boolean flag(String key, boolean absent) {
        Field field = ask(key);
        if (field == null) {
            return absent;
        }
        if (field.value() instanceof Scalar(int _, Kind kind, String text)
                && kind == Kind.BOOLEAN
                && (text.equals("true") || text.equals("false"))) {
            return text.equals("true");
        }
        problem(key, "must be true or false");
        return absent;
    }

    /// On or off, as a word or as the boolean that YAML makes of it.
    boolean toggle(String key, boolean absent) {
        Field field = ask(key);
        if (field == null) {
            return absent;
        }
        String text = field.value() instanceof Scalar scalar ? scalar.text() : "";
        if (!text.equals("on") && !text.equals("off")) {
            problem(key, "must be on or off");
        }
        return !text.equals("off") && (absent || text.equals("on"));
    }

    /// A whole number within bounds.
    int integer(String key, int absent, int least, int most) {
        return (int) integer(key, (long) absent, least, most);
    }

    /// A whole number within bounds.
    long integer(String key, long absent, long least, long most) {
        Field field = ask(key);
        if (field == null) {
            return absent;
        }
        BigDecimal number = number(field.value());
        if (number == null
                || number.scale() > 0
                || number.compareTo(BigDecimal.valueOf(least)) < 0
                || number.compareTo(BigDecimal.valueOf(most)) > 0) {
            problem(key, "must be a whole number from " + least + " to " + most);
            return absent;
        }
        return number.longValueExact();
    }

    /// A number of at least 0, at most `most`, and of at most so many decimals; exact.
    Optional<BigDecimal> decimal(String key, BigDecimal most, int decimals) {
        Field field = ask(key);
        if (field == null) {
            return Optional.empty();
        }
        BigDecimal number = number(field.value());
        if (number == null || number.signum() < 0) {
            problem(key, "must be a number ≥ 0");
        } else if (number.compareTo(most) > 0) {
            problem(key, "must be at most " + most.toPlainString());
        } else if (number.signum() != 0 && number.stripTrailingZeros().scale() > decimals) {
            problem(key, "must have at most " + decimals + " decimals");
        } else {
            return Optional.of(number);
        }
        return Optional.empty();
    }

    /// A number that must be there; see [#decimal].
    Optional<BigDecimal> requiredDecimal(String key, BigDecimal most, int decimals) {
        var _ = requiredKey(key);
        return decimal(key, most, decimals);
    }

    /// A list of texts; empty where it is absent.
    List<Text> texts(String key) {
        Field field = ask(key);
        if (field == null) {
            return List.of();
        }
        if (!(field.value() instanceof Items(int _, List<Node> items))) {
            problem(key, "must be a list");
            return List.of();
        }
        List<Text> texts = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            Node item = items.get(i);
            text(item, child(key) + "[" + i + "]", item.line()).ifPresent(texts::add);
        }
        return texts;
    }

    /// A list of mappings; empty where it is absent.
    List<Tree> mappings(String key) {
        Field field = ask(key);
        if (field == null) {
            return List.of();
        }
        if (!(field.value() instanceof Items(int _, List<Node> items))) {
            problem(key, "must be a list");
            return List.of();
        }
        List<Tree> mappings = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            mappings.add(mapping(child(key) + "[" + i + "]", items.get(i).line(), items.get(i)));
        }
        return mappings;
    }

    /// A mapping as the JSON object it stands for; an empty one where it is absent or wrong.
    String json(String key) {
        Field field = ask(key);
        if (field == null || (field.value() instanceof Scalar scalar && scalar.kind() == Kind.EMPTY)) {
            return "{}";
        }
        if (!(field.value() instanceof Fields)) {
            problem(key, "must be a mapping of keys to values");
            return "{}";
        }
        try {
            return JsonText.of(field.value());
        } catch (JsonText.NoJson wrong) {
            problems.add(file, wrong.line(), child(key), wrong.reason());
            return "{}";
        }
    }

    /// Notes a problem with a key of this mapping.
    void problem(String key, String message) {
        problems.add(file, line(key), child(key), message);
    }

    /// Notes a problem with one text of a list.
    void problem(Text text, String message) {
        problems.add(file, text.line(), text.path(), message);
    }

    /// Notes a problem with this mapping as a whole.
    void problem(String message) {
        problems.add(file, line, path, message);
    }

    /// `config/mesh.yaml:12: services: ` and what should be known, for a warning.
    String remark(String message) {
        return new Problem(file, line, path, message).toString();
    }

    /// `config/mesh.yaml:12: models.x: ` and what should be known, for a warning.
    String remark(String key, String message) {
        return new Problem(file, line(key), child(key), message).toString();
    }

    /// `config/agents.yaml:7: agents.a.models[0]: ` and what should be known, for a warning.
    String remark(Text text, String message) {
        return new Problem(file, text.line(), text.path(), message).toString();
    }

    /// Nothing more will be asked for: every other key is unknown.
    void end() {
        for (Map.Entry<String, Field> entry : fields.entrySet()) {
            if (!known.contains(entry.getKey())) {
                problem(entry.getKey(), unknown(entry.getKey()));
            }
        }
    }

    private String unknown(String key) {
        return Nearest.to(key, known)
                .map(near -> "unknown key; did you mean " + near + "?")
                .orElseGet(() -> "unknown key; " + oneOf(List.copyOf(known)) + " may stand here");
    }

    private @Nullable Field ask(String key) {
        known.add(key);
        return fields.get(key);
    }

    private Tree mapping(String childPath, int keyLine, Node node) {
        return switch (node) {
            case Fields(int _, Map<String, Field> inner) -> new Tree(file, childPath, keyLine, inner, problems);
            case Scalar(int _, Kind kind, String _)
            when kind == Kind.EMPTY -> new Tree(file, childPath, keyLine, Map.of(), problems);
            case Scalar _, Items _ -> {
                problems.add(file, keyLine, childPath, "must be a mapping of keys to values");
                yield new Tree(file, childPath, keyLine, Map.of(), problems);
            }
        };
    }

    private Optional<Text> text(Node node, String childPath, int at) {
        String wrong;
        if (node instanceof Scalar(int _, Kind kind, String text)) {
            if (kind == Kind.TEXT && !text.isBlank()) {
                return Optional.of(new Text(text, at, childPath));
            }
            wrong = switch (kind) {
                case TEXT, EMPTY, NULL -> "must be a text that is not empty";
                case NUMBER, ODD_NUMBER, BOOLEAN -> "must be a text; put it in quotes";
            };
        } else {
            wrong = "must be a single text";
        }
        problems.add(file, at, childPath, wrong);
        return Optional.empty();
    }

    private static @Nullable BigDecimal number(Node node) {
        return node instanceof Scalar(int _, Kind kind, String text) && kind == Kind.NUMBER
                ? new BigDecimal(text)
                : null;
    }

    private String child(String key) {
        return path(path, key);
    }

    /// The path of a key in the mapping that has this one, as it may be printed.
    static String path(String mapping, String key) {
        return mapping.isEmpty() ? shown(key) : mapping + "." + shown(key);
    }

    /// A key as it may be printed: on one line, without control characters, and not endless.
    static String shown(String key) {
        String clean = key.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .limit(LONGEST_SHOWN)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return clean.isEmpty() ? "\"\"" : clean.length() < key.length() ? clean + "…" : clean;
    }

    /// `a, b or c`.
    static String oneOf(List<String> words) {
        return words.size() <= 1
                ? String.join("", words)
                : String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
    }
}
