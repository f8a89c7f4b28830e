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

    private static final int LONGEST = 240;

    /**
     * Returns on one line why the program was refused, and at which line of the policy; empty for
     * an empty log.
     */
    public String summary() {
        return reason().map(why -> why + source().map(s -> ", at " + s).orElse(""))
                .orElse("");
    }

    /** Returns the last line of the verifier before its statistics. */
    public Optional<String> reason() {
        List<String> lines = text.lines().toList();
        for (int i = lines.size() - 1; i >= 0; i--) {
            String line = lines.get(i).strip();
            if (!STATISTICS.matcher(line).matches() && !line.startsWith("; ")) {
                return Optional.of(line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line);
            }
        }
        return Optional.empty();
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
