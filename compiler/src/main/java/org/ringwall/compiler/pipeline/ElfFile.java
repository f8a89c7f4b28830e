// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.state.DecidingRules;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.policy.Policy;

/**
 * The object as an ELF file with its debug section. It is made at the first call, since
 * the section takes about as long as the programs, and commands such as `check`, `test` and `why`
 * do not need it.
 */
final class ElfFile {
    private final Policy policy;
    private final PolicyDiagrams diagrams;
    private final BpfObject object;
    private final ByteOrder order;
    private @Nullable Bytes bytes;

    ElfFile(Policy policy, PolicyDiagrams diagrams, BpfObject object, ByteOrder order) {
        this.policy = policy;
        this.diagrams = diagrams;
        this.object = object;
        this.order = order;
    }

    /** Returns the bytes of the file. */
    synchronized Bytes bytes() {
        Bytes made = bytes;
        if (made == null) {
            DecidingRules rules = new RuleObjects(policy, diagrams, order).rules();
            made = Bytes.of(ObjectWriter.write(object, DecidingRules.SECTION, rules.write()));
            bytes = made;
        }
        return made;
    }
}
