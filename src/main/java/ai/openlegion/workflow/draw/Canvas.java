package ai.openlegion.workflow.draw;

import java.util.Arrays;

/// Characters in rows and columns, and lines that join where they belong together and pass each other where not.
final class Canvas {

    static final int UP = 1;
    static final int DOWN = 2;
    static final int LEFT = 4;
    static final int RIGHT = 8;

    private static final String BOX = " ╵╷│╴┘┐┤╶└┌├─┴┬┼";
    private static final String ASCII = " |||-+++-+++-+++";

    private final int columns;
    private final int rows;
    private final char[][] text;
    private final byte[][] lines;
    private final int[][] owners;
    private final byte[][] colours;

    Canvas(int columns, int rows) {
        this.columns = columns;
        this.rows = rows;
        text = new char[rows][columns];
        lines = new byte[rows][columns];
        owners = new int[rows][columns];
        colours = new byte[rows][columns];
    }

    int rows() {
        return rows;
    }

    /// Writes a text over what is there.
    void write(int row, int column, String words, int colour) {
        for (int i = 0; i < words.length() && column + i < columns; i++) {
            text[row][column + i] = words.charAt(i);
            colours[row][column + i] = (byte) colour;
        }
    }

    /// Draws a box.
    void box(int row, int column, int width, int height, int colour) {
        int right = column + width - 1;
        int bottom = row + height - 1;
        for (int x = column; x <= right; x++) {
            add(row, x, (x > column ? LEFT : 0) | (x < right ? RIGHT : 0), 0, colour);
            add(bottom, x, (x > column ? LEFT : 0) | (x < right ? RIGHT : 0), 0, colour);
        }
        for (int y = row; y <= bottom; y++) {
            add(y, column, (y > row ? UP : 0) | (y < bottom ? DOWN : 0), 0, colour);
            add(y, right, (y > row ? UP : 0) | (y < bottom ? DOWN : 0), 0, colour);
        }
    }

    /// Draws a line down a column, both ends included; it passes over lines of other owners.
    void down(int column, int from, int to, int owner) {
        for (int y = from; y <= to; y++) {
            boolean other = lines[y][column] != 0 && owners[y][column] != owner;
            if (other && lines[y][column] == (LEFT | RIGHT)) {
                lines[y][column] = 0;
            }
            add(y, column, (y > from ? UP : 0) | (y < to ? DOWN : 0), owner, 0);
        }
    }

    /// Draws a line along a row, both ends included; it passes under lines of other owners.
    void across(int row, int from, int to, int owner) {
        for (int x = from; x <= to; x++) {
            boolean passes = x > from && x < to && lines[row][x] == (UP | DOWN) && owners[row][x] != owner;
            if (!passes) {
                add(row, x, (x > from ? LEFT : 0) | (x < to ? RIGHT : 0), owner, 0);
            }
        }
    }

    /// Joins what is at a place with the row above or below.
    void join(int row, int column, int directions, int owner) {
        add(row, column, directions, owner, 0);
    }

    private void add(int row, int column, int directions, int owner, int colour) {
        lines[row][column] |= (byte) directions;
        owners[row][column] = owner;
        if (colour != 0) {
            colours[row][column] = (byte) colour;
        }
    }

    /// A row as text, without blanks at its end.
    ///
    /// @param coloured whether colours are shown, as a terminal takes them
    String line(int row, boolean ascii, boolean coloured) {
        StringBuilder line = new StringBuilder();
        int last = columns - 1;
        while (last >= 0 && text[row][last] == 0 && lines[row][last] == 0) {
            last--;
        }
        int colour = 0;
        for (int x = 0; x <= last; x++) {
            if (coloured && colours[row][x] != colour) {
                colour = colours[row][x];
                line.append("\u001b[").append(colour).append('m');
            }
            char written = text[row][x];
            line.append(written == 0 ? (ascii ? ASCII : BOX).charAt(lines[row][x]) : written);
        }
        return line.append(colour == 0 ? "" : "\u001b[0m").toString();
    }

    /// For a failing test.
    @Override
    public String toString() {
        StringBuilder all = new StringBuilder();
        for (int y = 0; y < rows; y++) {
            all.append(line(y, false, false)).append('\n');
        }
        return all + Arrays.toString(new int[] {columns, rows});
    }
}
