package ai.openlegion.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Where a command prints: results to one stream, what went wrong to the other, colour only if a terminal reads it.
record Terminal(PrintStream out, PrintStream err, boolean colour) {

    void print(String line) {
        out.println(line);
    }

    /// Prints one line on the error stream under the program's name.
    void error(String message) {
        err.println("openlegion: " + message);
    }

    String bold(String text) {
        return paint("1", text);
    }

    String good(String text) {
        return paint("32", text);
    }

    String bad(String text) {
        return paint("31", text);
    }

    private String paint(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    /// Prints rows as left-aligned columns under a heading; a row may hold fewer cells than the heading.
    void table(List<String> heading, List<List<String>> rows) {
        int[] widths = new int[heading.size()];
        List<List<String>> all = new ArrayList<>(rows.size() + 1);
        all.add(heading);
        all.addAll(rows);
        for (List<String> row : all) {
            for (int column = 0; column < row.size(); column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        print(bold(aligned(heading, widths)));
        for (List<String> row : rows) {
            print(aligned(row, widths));
        }
    }

    private static String aligned(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            String cell = row.get(column);
            line.append(cell).repeat(' ', widths[column] - cell.length() + 2);
        }
        return line.toString().stripTrailing();
    }
}
