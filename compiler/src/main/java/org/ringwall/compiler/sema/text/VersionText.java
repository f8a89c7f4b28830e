// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.source.Code;

/** A parser for the kernel version of `requires`: two numbers. */
public final class VersionText {
    private VersionText() {}

    public static Reading<KernelVersion> read(String text) {
        if (text.matches("[1-9]\\d{0,4}\\.(0|[1-9]\\d{0,4})")) {
            return Reading.good(KernelVersion.parse(text).orElseThrow());
        }
        String help = "write the first two numbers, as in `6.1`";
        if (text.matches("[1-9]\\d{0,4}")) {
            help = "write `%s.0`".formatted(text);
        } else if (text.matches("[1-9]\\d{0,4}\\.(0|[1-9]\\d{0,4})\\.[\\d.]+")) {
            help = "write `%s`; all stable releases of a version count as that version"
                    .formatted(KernelVersion.parse(text).orElseThrow());
        }
        return Reading.bad(Code.BAD_VERSION, "`%s` is not a kernel version".formatted(text), help);
    }
}
