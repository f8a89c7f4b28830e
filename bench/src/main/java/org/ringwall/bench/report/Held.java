package org.ringwall.bench.report;

import java.util.List;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;

/**
 * One figure of a run, and what it is held to.
 *
 * @param what is held
 * @param beside whom it stands, or a dash
 * @param ours the figure of ours
 * @param its the other's
 * @param value what the goal is about: a quotient, or a number
 * @param goal the most that the value may be
 * @param met `yes` or `no`, or a dash where there is nothing to compare with
 */
public record Held(String what, String beside, String ours, String its, String value, String goal, String met) {
    static final String NONE = "–";
    private static final double HUNDRED = 100;

    /** All of a run in one table. */
    public static Table table(List<Held> all) {
        long missed = all.stream().filter(held -> held.met().equals("no")).count();
        return new Table(
                "goals",
                "value is ours to the other where there is one, else ours, and the goal the most that it may be; less"
                        + " than 1 ns counts as 1; beyond the prologue is what a policy that only denies does not have; "
                        + missed + " of " + all.size() + " missed",
                List.of("what", "beside", "ours", "its", "value", "goal", "met"),
                all.stream().map(Held::row).toList(),
                List.of());
    }

    private List<String> row() {
        return List.of(what, beside, ours, its, value, goal, met);
    }

    /** A quotient, held as it is printed: to a hundredth. */
    static Held quotient(String what, String beside, String ours, String its, double quotient, double most) {
        boolean met = Math.rint(HUNDRED * quotient) <= Math.rint(HUNDRED * most);
        return new Held(what, beside, ours, its, Summary.hundredths(quotient), Summary.hundredths(most), word(met));
    }

    /** A number of things. */
    static Held count(String what, long ours, long most) {
        return count(what, NONE, Long.toString(ours), NONE, ours, most);
    }

    /** A number of things that comes of two figures. */
    static Held count(String what, String beside, String ours, String its, long value, long most) {
        return new Held(what, beside, ours, its, Long.toString(value), Long.toString(most), word(value <= most));
    }

    /** A time, held as it is printed: to a tenth of its unit. */
    static Held time(String what, double ours, double most) {
        boolean met = Math.rint(10 * ours) <= Math.rint(10 * most);
        return new Held(what, NONE, Summary.number(ours), NONE, Summary.number(ours), Summary.number(most), word(met));
    }

    /** Ours did not come so far. */
    static Held failed(String what, String beside, String stage, String goal) {
        return new Held(what, beside, stage, NONE, NONE, goal, word(false));
    }

    /** The other did not come so far, so there is nothing to compare with. */
    static Held alone(String what, String beside, String ours, String stage, String goal) {
        return new Held(what, beside, ours, stage, NONE, goal, NONE);
    }

    /** `yes` or `no`. */
    static String word(boolean met) {
        return met ? "yes" : "no";
    }
}
