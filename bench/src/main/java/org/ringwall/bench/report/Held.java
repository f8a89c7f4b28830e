// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.List;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;

/**
 * One figure of a run and its goal.
 *
 * @param what the name of the figure
 * @param beside the rival it is compared with, or a dash
 * @param ours Ringwall's figure
 * @param its the rival's figure
 * @param value the value to which the goal applies: a ratio or a number
 * @param goal the upper bound of the value
 * @param met `yes` or `no`, or a dash if there is nothing to compare with
 */
public record Held(String what, String beside, String ours, String its, String value, String goal, String met) {
    static final String NONE = "–";
    private static final double HUNDRED = 100;

    /** Returns all figures of a run as a table. */
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

    /** Returns a ratio, compared with its goal as printed, to a hundredth. */
    static Held quotient(String what, String beside, String ours, String its, double quotient, double most) {
        boolean met = Math.rint(HUNDRED * quotient) <= Math.rint(HUNDRED * most);
        return new Held(what, beside, ours, its, Summary.hundredths(quotient), Summary.hundredths(most), word(met));
    }

    /** Returns a count. */
    static Held count(String what, long ours, long most) {
        return count(what, NONE, Long.toString(ours), NONE, ours, most);
    }

    /** Returns a count that is derived from two figures. */
    static Held count(String what, String beside, String ours, String its, long value, long most) {
        return new Held(what, beside, ours, its, Long.toString(value), Long.toString(most), word(value <= most));
    }

    /** Returns a time, compared with its goal as printed, to a tenth of its unit. */
    static Held time(String what, double ours, double most) {
        boolean met = Math.rint(10 * ours) <= Math.rint(10 * most);
        return new Held(what, NONE, Summary.number(ours), NONE, Summary.number(ours), Summary.number(most), word(met));
    }

    /** Returns the failure of Ringwall at a stage. */
    static Held failed(String what, String beside, String stage, String goal) {
        return new Held(what, beside, stage, NONE, NONE, goal, word(false));
    }

    /**
     * Returns the figure of Ringwall if the rival failed at a stage, so that there is nothing to
     * compare with.
     */
    static Held alone(String what, String beside, String ours, String stage, String goal) {
        return new Held(what, beside, ours, stage, NONE, goal, NONE);
    }

    /** Returns `yes` or `no`. */
    static String word(boolean met) {
        return met ? "yes" : "no";
    }
}
