package ai.openlegion.config;

import ai.openlegion.config.Node.Field;
import ai.openlegion.config.Node.Fields;
import ai.openlegion.config.Node.Items;
import ai.openlegion.config.Node.Kind;
import ai.openlegion.config.Node.Scalar;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;

/// Turns the text of one YAML file into nodes, within bounds; whatever is wrong with it becomes a problem.
final class YamlReader {

    static final int MAX_DEPTH = 32;
    static final int MAX_NODES = 100_000;

    /// Numbers as JSON writes them. YAML 1.1 also knows octal, sexagesimal and underscored ones: too easy to misread.
    private static final Pattern NUMBER =
            Pattern.compile("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?");

    private static final Set<Tag> PLAIN_TAGS =
            Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.TIMESTAMP, Tag.MERGE, Tag.MAP, Tag.SEQ);

    private final Source source;
    private final Problems problems;
    private int nodes;

    private YamlReader(Source source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    /// The root, if the text is a YAML document at all; one that holds nothing is an empty value.
    static Optional<Node> read(Source source, Problems problems) {
        return new YamlReader(source, problems).read();
    }

    /// Only notes what is wrong with the text.
    static void check(Source source, Problems problems) {
        var _ = read(source, problems);
    }

    private Optional<Node> read() {
        try {
            org.yaml.snakeyaml.nodes.Node root = new Yaml(bounds()).compose(new StringReader(source.text()));
            return Optional.of(root == null ? new Scalar(0, Kind.EMPTY, "") : convert(root, 0, ""));
        } catch (ReaderException unprintable) {
            problem(lineAt(unprintable.getPosition()), "holds a control character");
        } catch (MarkedYAMLException malformed) {
            int line = malformed.getProblemMark() == null
                    ? 0
                    : malformed.getProblemMark().getLine() + 1;
            problem(line, "is not well-formed YAML: " + reason(malformed.getProblem()));
        } catch (TooMuch bomb) {
            problem(bomb.line, bomb.reason);
        } catch (YAMLException outOfBounds) {
            problem(0, "is nested too deeply, or repeats too many aliases");
        }
        return Optional.empty();
    }

    private static LoaderOptions bounds() {
        LoaderOptions options = new LoaderOptions();
        options.setNestingDepthLimit(MAX_DEPTH);
        options.setMaxAliasesForCollections(100);
        options.setCodePointLimit(Source.MAX_BYTES);
        options.setAllowDuplicateKeys(true);
        return options;
    }

    /* Aliases make the composed nodes a graph, perhaps a cyclic one; depth and count bound walking it as a tree. */
    private Node convert(org.yaml.snakeyaml.nodes.Node node, int depth, String path) {
        int line = node.getStartMark().getLine() + 1;
        if (depth > MAX_DEPTH) {
            throw new TooMuch(line, "is nested more than " + MAX_DEPTH + " levels deep");
        }
        if (++nodes > MAX_NODES) {
            throw new TooMuch(line, "holds more than " + MAX_NODES + " values once its aliases are expanded");
        }
        if (!PLAIN_TAGS.contains(node.getTag())) {
            problem(line, "a tag (!…) has no meaning here");
            return new Scalar(line, Kind.EMPTY, "");
        }
        return switch (node) {
            case MappingNode mapping -> fields(mapping, line, depth, path);
            case SequenceNode sequence -> items(sequence, line, depth, path);
            case ScalarNode scalar -> scalar(scalar, line);
            default -> throw new TooMuch(line, "holds something that is no value"); // open: SnakeYAML's own hierarchy
        };
    }

    private Node items(SequenceNode sequence, int line, int depth, String path) {
        List<Node> items = new ArrayList<>();
        for (org.yaml.snakeyaml.nodes.Node item : sequence.getValue()) {
            items.add(convert(item, depth + 1, path + '[' + items.size() + ']'));
        }
        return new Items(line, items);
    }

    private Node fields(MappingNode mapping, int line, int depth, String path) {
        Map<String, Field> fields = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            int keyLine = tuple.getKeyNode().getStartMark().getLine() + 1;
            String keyPath = tuple.getKeyNode() instanceof ScalarNode named ? Tree.path(path, named.getValue()) : path;
            Node value = convert(tuple.getValueNode(), depth + 1, keyPath);
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problem(keyLine, "a key must be a single word, not a list or a mapping");
            } else if (fields.containsKey(key.getValue())) {
                problems.add(source.file(), keyLine, keyPath, "is given twice");
            } else {
                fields.put(key.getValue(), new Field(keyLine, value));
            }
        }
        return new Fields(line, fields);
    }

    private static Scalar scalar(ScalarNode scalar, int line) {
        String text = scalar.getValue();
        if (scalar.getScalarStyle() != ScalarStyle.PLAIN) {
            return new Scalar(line, Kind.TEXT, text);
        }
        Tag tag = scalar.getTag();
        if (tag.equals(Tag.NULL)) {
            return new Scalar(line, Kind.EMPTY, "");
        }
        if (tag.equals(Tag.BOOL)) {
            return new Scalar(line, Kind.BOOLEAN, text);
        }
        if (NUMBER.matcher(text).matches()) {
            return new Scalar(line, Kind.NUMBER, text);
        }
        boolean oddNumber = tag.equals(Tag.INT) || tag.equals(Tag.FLOAT);
        return new Scalar(line, oddNumber ? Kind.ODD_NUMBER : Kind.TEXT, text);
    }

    /* SnakeYAML's sentences are kept where they cannot repeat a value. */
    private static String reason(@Nullable String problem) {
        if (problem == null) {
            return "it ends or breaks off here";
        }
        if (problem.contains("tag")) {
            return "a tag (!…) has no meaning here";
        }
        if (problem.contains("alias")) {
            return "it uses an alias (*name) without its anchor (&name)";
        }
        if (problem.contains("TAB") || problem.contains("\t")) {
            return "it is indented with a tab; use spaces";
        }
        if (problem.contains("another document") || problem.contains("expected a single document")) {
            return "it holds a second document (---)";
        }
        boolean safe = problem.startsWith("mapping values are not allowed")
                || problem.startsWith("expected <block end>")
                || problem.startsWith("could not find expected ':'")
                || problem.startsWith("expected ',' or");
        return safe ? problem : "it cannot be read from here on";
    }

    private int lineAt(int position) {
        int end = Math.min(position, source.text().length());
        return 1
                + (int) source.text()
                        .substring(0, end)
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
    }

    private void problem(int line, String message) {
        problems.add(source.file(), line, "", message);
    }

    /// The file is beyond a bound, and reading it ends.
    private static final class TooMuch extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int line;
        private final String reason;

        TooMuch(int line, String reason) {
            super(reason, null, false, false);
            this.line = line;
            this.reason = reason;
        }
    }
}
