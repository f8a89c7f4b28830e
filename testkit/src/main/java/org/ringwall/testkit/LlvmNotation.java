// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The common notation of llvm-objdump's listings and of the kernel's verifier log. Numbers are
 * decimal, offsets have their sign attached, and what LLVM does not distinguish is left out: the
 * kinds of calls, and `w` registers in memory accesses.
 */
public final class LlvmNotation {
    private static final Pattern HEX = Pattern.compile("-?0x[0-9a-f]+");
    private static final Pattern WIDE = Pattern.compile("^(r\\d+ = )0x([0-9a-f]+)$");
    private static final Pattern LINE = Pattern.compile("^ *(\\d+):\t(.*)$");

    private LlvmNotation() {}

    /** Returns the instructions of the output of `llvm-objdump -d --no-show-raw-insn`. */
    public static List<String> listing(String objdump) {
        return objdump.lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .map(line -> ofLlvm(line.group(2)))
                .toList();
    }

    /** Converts an instruction as the kernel's log prints it, without names of helpers. */
    public static String ofKernel(String printed) {
        Matcher wide = WIDE.matcher(printed);
        if (wide.matches()) {
            return wide.group(1) + Long.parseUnsignedLong(wide.group(2), 16) + " ll";
        }
        String decimal = HEX.matcher(printed)
                .replaceAll(hex ->
                        Integer.toString(Integer.parseUnsignedInt(hex.group().substring(2), 16)));
        return decimal.replaceFirst("^call (pc|kfunc#|#)\\+?", "call #").replace(" + 0]", "]");
    }

    private static String ofLlvm(String llvm) {
        String text = HEX.matcher(llvm.replaceFirst(" <[^<]*>$", ""))
                .replaceAll(hex -> Long.decode(hex.group()).toString());
        text = text.replaceFirst("goto(l?) ", "goto$1 pc")
                .replaceFirst("^call ", "call #")
                .replaceAll("\\(([rw]\\d+) ([+-]) (\\d+)", "($1 $2$3");
        text = text.replaceFirst("cmpxchg_64\\((r\\d+ .\\d+)", "atomic64_cmpxchg((u64 *)($1)")
                .replaceFirst("cmpxchg32_32\\((r\\d+ .\\d+)", "atomic_cmpxchg((u32 *)($1)")
                .replaceFirst("= xchg_64\\((r\\d+ .\\d+)", "= atomic64_xchg((u64 *)($1)")
                .replaceFirst("= xchg32_32\\((r\\d+ .\\d+)", "= atomic_xchg((u32 *)($1)")
                .replaceFirst("atomic_fetch_(\\w+)\\(\\(u64", "atomic64_fetch_$1((u64");
        boolean memory = text.contains(" *)");
        return memory ? text.replaceAll("\\bw(\\d+)", "r$1") : text;
    }
}
