package ai.openlegion.budget;

/// Limits an operator set at run time, beside the configuration's that they replaced.
///
/// Each of the two holds until the configuration's own value is another one.
record LimitOverride(Limits limits, Limits file) {

    /// The same under another configuration: what it changed is the configuration's again.
    LimitOverride under(Limits newFile) {
        long daily = file.dailyPico() == newFile.dailyPico() ? limits.dailyPico() : newFile.dailyPico();
        long monthly = file.monthlyPico() == newFile.monthlyPico() ? limits.monthlyPico() : newFile.monthlyPico();
        return new LimitOverride(new Limits(daily, monthly), newFile);
    }

    /// Whether nothing is overridden any more.
    boolean isVoid() {
        return limits.equals(file);
    }
}
