package ai.openlegion.bench;

/// One line of the table in the report: what was promised and what was measured.
///
/// @param verdict whether the target, or even the moonshot, was met; or why there is no figure
record Row(String id, String measure, String target, String moonshot, String measured, Verdict verdict) {

    /// How a measured figure stands against what was promised.
    enum Verdict {
        MOONSHOT("**moonshot met**"),
        TARGET("target met"),
        MISSED("**missed**"),
        NOT_RUN("not run");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        /// For figures where less is better.
        static Verdict atMost(double figure, double target, double moonshot) {
            return figure <= moonshot ? MOONSHOT : figure <= target ? TARGET : MISSED;
        }

        /// The worse of two.
        Verdict and(Verdict other) {
            return compareTo(other) > 0 ? this : other;
        }

        String text() {
            return text;
        }
    }
}
