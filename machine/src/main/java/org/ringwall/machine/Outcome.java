package org.ringwall.machine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.Bytes;

/** How a run ended. */
public sealed interface Outcome {
    /** How many instructions ran, the last one included. */
    int executed();

    /** The helper calls in the order of the run. */
    List<HelperCall> calls();

    /**
     * The program returned a value of its hook's range.
     *
     * @param retval the hook's errno as the program leaves it: 0 or negative, from bpf_set_retval or an earlier program
     * @param context with what the program wrote into it
     * @param address the sockaddr that the caller gave, with what the program put into it
     * @param segments the data sections with what the program wrote into them
     * @param stored what the socket carries afterwards
     * @param done what helpers changed elsewhere
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

        /** The data section with this name, after the run. */
        public Optional<Segment> segment(String name) {
            return Optional.ofNullable(segments.get(name));
        }

        /**
         * What the kernel goes on with: 0, or the negative errno of the denial. A program that returns 0 denies with
         * EPERM unless an errno is set, and an errno that is set denies whatever the program returns
         * (`bpf_prog_run_array_cg`).
         */
        public int result() {
            boolean errno = retval < 0 && retval >= -Errno.MAX;
            return (r0 & 1) == 0 && !errno ? -Errno.EPERM.number() : retval;
        }
    }

    /**
     * The verifier would have refused the program for what it did here.
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
