// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Reading;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;

/** A reader of `log ring SIZE`: a number of bytes, or of KiB or MiB with the unit K or M. */
final class RingSizeReader {
    private static final Pattern SIZE = Pattern.compile("(0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)([KM]?)");

    /** A size in another spelling, such as `04M`, `4m`, `4MB` or `4MiB`. */
    private static final Pattern MEANT = Pattern.compile("0*([1-9][0-9_]*)([KMkm]?)(?:i?[Bb])?");

    private static final int KIB_SHIFT = 10;
    private static final int MIB_SHIFT = 20;
    private static final String LIMITS =
            "from %s to %s".formatted(text(EventLayout.SMALLEST_RING), text(EventLayout.LARGEST_RING));

    private RingSizeReader() {}

    /** Returns the declared size in bytes. */
    static OptionalInt read(PolicyFile file, Findings findings) {
        OptionalInt bytes = OptionalInt.empty();
        Optional<Item.RingSize> first = Optional.empty();
        for (Item.RingSize ring : declared(file)) {
            Optional<Long> size =
                    read(ring.size().text()).orReport(findings, ring.size().span());
            if (size.isEmpty()) {
                continue;
            }
            if (first.isPresent()) {
                findings.add(Diagnostic.of(Code.TWO_RINGS, ring.span(), "a policy has one `log ring`")
                        .help("keep one of them; all rules of a policy write to one ring")
                        .note(first.get().span(), "the first one is here"));
            } else {
                first = Optional.of(ring);
                bytes = OptionalInt.of(Math.toIntExact(size.get()));
            }
        }
        return bytes;
    }

    /** Warns of a size if no rule of the policy logs. */
    static void warnOfUnused(PolicyFile file, List<Block> blocks, Findings findings) {
        boolean logs = blocks.stream().flatMap(block -> block.rules().stream()).anyMatch(Rule::logs);
        declared(file).stream()
                .filter(ring -> !logs)
                .forEach(ring -> findings.add(
                        Diagnostic.of(Code.UNUSED_NAME, ring.span(), "no rule logs, so the policy has no ring")
                                .help("write `log` in the braces of a rule, or remove this line")));
    }

    private static List<Item.RingSize> declared(PolicyFile file) {
        return file.items().stream()
                .filter(Item.RingSize.class::isInstance)
                .map(Item.RingSize.class::cast)
                .toList();
    }

    private static Reading<Long> read(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            Matcher meant = MEANT.matcher(text);
            return Reading.bad(
                    Code.BAD_RING_SIZE,
                    "`%s` is not a size".formatted(text),
                    meant.matches()
                            ? "write `%s%s`"
                                    .formatted(meant.group(1), meant.group(2).toUpperCase(Locale.ROOT))
                            : "write a number of bytes, or one with the unit `K` or `M`: `log ring 4M`");
        }
        BigInteger bytes = number(size.group(1)).shiftLeft(shift(size.group(2)));
        if (bytes.compareTo(BigInteger.valueOf(EventLayout.SMALLEST_RING)) < 0
                || bytes.compareTo(BigInteger.valueOf(EventLayout.LARGEST_RING)) > 0) {
            return Reading.bad(
                    Code.BAD_RING_SIZE,
                    "a ring cannot have the size `%s`".formatted(text),
                    "write a power of two " + LIMITS);
        }
        if (EventLayout.isRingSize(bytes.longValueExact())) {
            return Reading.good(bytes.longValueExact());
        }
        int below = Integer.highestOneBit(bytes.intValueExact());
        return Reading.bad(
                Code.BAD_RING_SIZE,
                "the size of a ring is a power of two, and `%s` is not".formatted(text),
                "write `%s` or `%s`".formatted(text(below), text(below << 1)));
    }

    private static BigInteger number(String text) {
        String digits = text.replace("_", "");
        return digits.startsWith("0x") ? new BigInteger(digits.substring(2), 16) : new BigInteger(digits);
    }

    private static int shift(String unit) {
        return switch (unit) {
            case "K" -> KIB_SHIFT;
            case "M" -> MIB_SHIFT;
            default -> 0;
        };
    }

    private static String text(int bytes) {
        return bytes >= 1 << MIB_SHIFT ? (bytes >> MIB_SHIFT) + "M" : (bytes >> KIB_SHIFT) + "K";
    }
}
