// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.List;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.ValueSize;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/** The limit on the size of an object's data sections. */
final class DataLimit {
    private DataLimit() {}

    /** Returns an error for each section that a kernel of this version would not accept. */
    static List<Diagnostic> exceeded(BpfObject object, Span place, KernelVersion oldest) {
        int most = ValueSize.mostOfArray(oldest);
        return object.data().stream()
                .filter(section -> section.content().size() > most)
                .map(section -> Diagnostic.of(
                                Code.DATA_TOO_LARGE,
                                place,
                                "the tables of the policy's sets need %d bytes, and kernel %s supports at most %d"
                                        .formatted(section.content().size(), oldest, most))
                        .help("use a newer kernel, as in `--target 6.1`, or fewer or broader elements"))
                .toList();
    }
}
