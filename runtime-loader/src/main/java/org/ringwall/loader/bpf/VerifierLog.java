// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The verifier's log, and the one line of it that matters. */
public record VerifierLog(String text) {
    /**
     * `; text @ file:line`, which {@code verbose_linfo} writes before the code of a source line.
     */
    private static final Pattern SOURCE = Pattern.compile("^; (.*?)(?: @ ([^@]+:\\d+))?$");

    private static final Pattern STATISTICS =
            Pattern.compile("^(processed \\d+ insns|verification time|stack depth|max_states|peak_states|\\s*$).*");

    /**
     * A line that the verifier adds about a state or an instruction, which is not the reason:
     * `R1=ctx() …` with or without `N:`, `cur state:` or `frame1:` before it, and an instruction
     * such as `0: (05) goto pc-1`.
     */
    private static final Pattern STATE = Pattern.compile(
            "^(\\d+: )?((cur|old) state:|frame\\d+:|(from \\d+ to \\d+|last_idx|mark_precise:|regs=|parent ).*"
                    + "|\\([0-9a-f]{2}\\) .*|R\\d+(_\\w+)?=.*|fp-\\d+.*=.*)(\\s.*)?$");

    private static final int LONGEST = 240;

    /**
     * Returns on one line why the program was refused, and at which line of the policy; empty for
     * an empty log.
     */
    public String summary() {
        return reason().map(why -> why + source().map(s -> ", at " + s).orElse(""))
                .orElse("");
    }

    /**
     * Returns the last line of the verifier before its statistics that is not about a state; if
     * there is none, the last line.
     */
    public Optional<String> reason() {
        List<String> lines = text.lines()
                .map(String::strip)
                .filter(line -> !STATISTICS.matcher(line).matches() && !line.startsWith("; "))
                .toList();
        List<String> reasons =
                lines.stream().filter(line -> !STATE.matcher(line).matches()).toList();
        List<String> wanted = reasons.isEmpty() ? lines : reasons;
        return wanted.isEmpty() ? Optional.empty() : Optional.of(cut(wanted.get(wanted.size() - 1)));
    }

    private static String cut(String line) {
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
    }

    /** Returns the last source line that the verifier reached, as `text` (file:line). */
    public Optional<String> source() {
        List<String> lines = text.lines().toList();
        for (int i = lines.size() - 1; i >= 0; i--) {
            Matcher match = SOURCE.matcher(lines.get(i));
            if (match.matches()) {
                String place = match.group(2) == null ? "" : " (" + match.group(2) + ")";
                return Optional.of("`" + match.group(1).strip() + "`" + place);
            }
        }
        return Optional.empty();
    }
}
