package ai.openlegion.schedule;

import ai.openlegion.schedule.Timetable.Flawed;
import ai.openlegion.schedule.Timetable.Parsed;
import ai.openlegion.schedule.Timetable.Parsing;
import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.field.CronFieldName;
import com.cronutils.model.field.expression.Always;
import com.cronutils.model.field.expression.And;
import com.cronutils.model.field.expression.Between;
import com.cronutils.model.field.expression.Every;
import com.cronutils.model.field.expression.FieldExpression;
import com.cronutils.model.field.expression.On;
import com.cronutils.model.field.value.FieldValue;
import com.cronutils.parser.CronParser;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The reading of five cron fields: the library parses them, and what it made of them becomes sets of numbers.
final class CronText {

    /// What may stand in a field, between commas. The library also knows signs that mean nothing in a crontab, and
    /// breaks
    /// where a number is missing.
    private static final String PART = "(\\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/[0-9]+)?";

    private static final Pattern FIELD = Pattern.compile(PART + "(," + PART + ")*");

    private static final Pattern STEP_OF_ZERO = Pattern.compile(".*/0+(,.*)?");
    private static final CronParser PARSER = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

    private static final List<Field> FIELDS = List.of(
            new Field("minute", CronFieldName.MINUTE, 0, 59, ""),
            new Field("hour", CronFieldName.HOUR, 0, 23, ""),
            new Field("day", CronFieldName.DAY_OF_MONTH, 1, 31, ""),
            new Field("month", CronFieldName.MONTH, 1, 12, " or JAN to DEC"),
            new Field("weekday", CronFieldName.DAY_OF_WEEK, 0, 7, " (0 and 7 are Sunday) or SUN to SAT"));

    private record Field(String name, CronFieldName key, int least, int most, String also) {}

    /// The numbers of one field, or why there are none.
    private sealed interface Reading {}

    private record Numbers(long bits) implements Reading {}

    private record Wrong(String why) implements Reading {}

    private CronText() {}

    static Parsing parse(String text) {
        String[] parts = text.split("\\s+", 7);
        if (parts.length != FIELDS.size()) {
            return new Flawed("must have five fields (minute hour day month weekday), such as 0 9 * * 1-5,"
                    + " or be an interval, such as every 30m");
        }
        List<Long> sets = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            switch (read(FIELDS.get(i), parts, i)) {
                case Numbers(long bits) -> sets.add(bits);
                case Wrong(String why) -> {
                    return new Flawed(why);
                }
            }
        }
        long weekdays = (sets.get(4) & 0x7f) | (sets.get(4) >> 7);
        CronFields fields = new CronFields(
                sets.get(0),
                sets.get(1).intValue(),
                sets.get(2).intValue(),
                sets.get(3).intValue(),
                (int) weekdays,
                !parts[2].startsWith("*") && !parts[4].startsWith("*"));
        return fields.everFires()
                ? new Parsed(fields)
                : new Flawed("never fires: none of its months has a day of these numbers");
    }

    /* One field is parsed among four stars, so that a flaw can be told by the field's name. */
    private static Reading read(Field field, String[] parts, int at) {
        String[] alone = {"*", "*", "*", "*", "*"};
        alone[at] = parts[at];
        if (STEP_OF_ZERO.matcher(parts[at]).matches()) {
            return new Wrong("must have a step of at least 1 in the " + field.name + " field");
        }
        if (FIELD.matcher(parts[at]).matches()) {
            try {
                Cron cron = PARSER.parse(String.join(" ", alone));
                long bits = bits(cron.retrieve(field.key).getExpression(), field);
                if (bits != 0) {
                    return new Numbers(bits);
                }
            } catch (IllegalArgumentException | UnsupportedOperationException flawed) {
                return wrong(field);
            }
        }
        return wrong(field);
    }

    private static Wrong wrong(Field field) {
        return new Wrong("must have one of these in the " + field.name + " field: *, " + field.least + " to "
                + field.most + field.also + ", a range a-b, a step */n or a-b/n, a list of these with commas");
    }

    private static long bits(FieldExpression expression, Field field) {
        return switch (expression) {
            case Always _ -> range(field.least, field.most, 1, field);
            case On on -> range(number(on.getTime()), number(on.getTime()), 1, field);
            case Between between -> range(number(between.getFrom()), number(between.getTo()), 1, field);
            case Every every -> steps(every, field);
            case And and -> {
                long all = 0;
                for (FieldExpression part : and.getExpressions()) {
                    all |= bits(part, field);
                }
                yield all;
            }
            default -> throw new IllegalArgumentException("no crontab's"); // open: the library's own hierarchy
        };
    }

    private static long steps(Every every, Field field) {
        int period = number(every.getPeriod());
        int most = field.key == CronFieldName.DAY_OF_WEEK ? 6 : field.most;
        return switch (every.getExpression()) {
            case Always _ -> range(field.least, most, period, field);
            case On on -> range(number(on.getTime()), most, period, field);
            case Between between -> range(number(between.getFrom()), number(between.getTo()), period, field);
            default -> throw new IllegalArgumentException("no crontab's"); // open: the library's own hierarchy
        };
    }

    private static int number(FieldValue<?> value) {
        if (value.getValue() instanceof Integer number) {
            return number;
        }
        throw new IllegalArgumentException("no number");
    }

    private static long range(int from, int to, int step, Field field) {
        if (from < field.least || to > field.most || from > to || step < 1) {
            throw new IllegalArgumentException("out of range");
        }
        long bits = 0;
        for (int number = from; number <= to; number += step) {
            bits |= 1L << number;
        }
        return bits;
    }
}
