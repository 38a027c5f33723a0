package ai.openlegion.cli;

import java.util.List;

/// Rows as left-aligned columns under one heading, which may come in parts: a column only grows from part to part.
final class Table {
    private final Terminal terminal;
    private final List<String> heading;
    private final int[] widths;
    private boolean begun;

    Table(Terminal terminal, List<String> heading) {
        this.terminal = terminal;
        this.heading = heading;
        widths = new int[heading.size()];
        widen(heading);
    }

    /// Prints rows, made [Terminal#harmless]; a row may hold fewer cells than the heading, which precedes the first.
    void print(List<List<String>> rows) {
        List<List<String>> shown = rows.stream()
                .map(row -> row.stream().map(Terminal::harmless).toList())
                .toList();
        shown.forEach(this::widen);
        if (!begun) {
            terminal.print(terminal.bold(aligned(heading)));
            begun = true;
        }
        shown.forEach(row -> terminal.print(aligned(row)));
    }

    private void widen(List<String> row) {
        for (int column = 0; column < row.size(); column++) {
            widths[column] = Math.max(widths[column], row.get(column).length());
        }
    }

    private String aligned(List<String> row) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            String cell = row.get(column);
            line.append(cell).repeat(' ', widths[column] - cell.length() + 2);
        }
        return line.toString().stripTrailing();
    }
}
