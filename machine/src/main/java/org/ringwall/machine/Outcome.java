// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.Bytes;

/** The outcome of a run. */
public sealed interface Outcome {
    /** Returns how many instructions ran, including the last one. */
    int executed();

    /** Returns the helper calls in the order of the run. */
    List<HelperCall> calls();

    /**
     * The program returned a value of its hook's range.
     *
     * @param retval the hook's errno after the program: 0 or negative, from bpf_set_retval or an
     *     earlier program
     * @param context with the program's writes
     * @param address the sockaddr that the caller gave, with the program's changes
     * @param segments the data sections with the program's writes
     * @param stored the socket's storage afterwards
     * @param done changes by helpers elsewhere
     */
    record Returned(
            int r0,
            int retval,
            Context context,
            Optional<Bytes> address,
            Map<String, Segment> segments,
            Stored stored,
            Done done,
            List<HelperCall> calls,
            int executed)
            implements Outcome {
        public Returned {
            segments = Map.copyOf(segments);
            calls = List.copyOf(calls);
        }

        /** Returns the data section with this name, after the run. */
        public Optional<Segment> segment(String name) {
            return Optional.ofNullable(segments.get(name));
        }

        /**
         * Returns the result that the kernel uses: 0, or the negative errno of the denial. A
         * program that returns 0 denies with EPERM unless an errno is set, and an errno that is set
         * denies whatever the program returns (`bpf_prog_run_array_cg`).
         */
        public int result() {
            boolean errno = retval < 0 && retval >= -Errno.MAX;
            return (r0 & 1) == 0 && !errno ? -Errno.EPERM.number() : retval;
        }
    }

    /**
     * The verifier would have rejected the program for this instruction.
     *
     * @param slot of the instruction that trapped
     * @param instruction in the notation of the kernel's log, with slot and opcode
     */
    record Trap(int slot, String instruction, String message, List<HelperCall> calls, int executed) implements Outcome {
        public Trap {
            calls = List.copyOf(calls);
        }

        @Override
        public String toString() {
            return message + " at " + instruction;
        }
    }
}
